import type { MemoryDisk } from '@streambus/runtime/testing';
import type { Fault } from './fault-context.ts';

/** A disk answers nothing for a while. */
export const diskStall: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  const durationUs = context.durationUs(20_000);
  context.injected('disk stall', `of node ${member.id} for ${Math.round(durationUs / 1000)} ms`);
  const { process } = member;
  member.disk.stall();
  context.undoAfter(durationUs, () => {
    // A disk is not stalled any more when its machine has begun anew.
    if (member.process === process) member.disk.resume();
  });
};

/** A write or a sync fails, and leaves open what is on the disk. */
export const diskError: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  const operation = context.random.below(2) === 0 ? 'write' : 'sync';
  context.injected('disk error', `in a ${operation} of node ${member.id}`);
  member.blemishes.errors++;
  member.disk.failAfter(operation, context.random.below(20));
  context.undoAfter(context.durationUs(10_000), () => member.disk.repair());
};

/** A disk has no space for a while. */
export const diskFull: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  context.injected('disk full', `of node ${member.id}`);
  const { memory } = member.disk;
  member.blemishes.errors++;
  memory.setCapacity(memory.usedBytes + context.random.below(500));
  context.undoAfter(context.durationUs(15_000), () => memory.setCapacity(2 ** 40));
};

/**
 * A bit is another after a restart, where a checksum must tell. What is on this disk cannot be trusted any more, so the node is lost: within
 * what a cluster of three survives once.
 */
export const flippedBit: Fault = (context) => {
  const { cluster, world } = context;
  const member = context.anyAlive();
  const isOnly = cluster.members.every(({ blemishes }) => blemishes.flipped === undefined);
  if (member?.isFirst !== true || !isOnly || context.membershipChanges > 0 || context.firstVoters < 3) return;
  context.injected('flipped bit', `on the disk of node ${member.id}`);
  member.kill('unsynced');
  world.after(1000, () => {
    const draw = context.random.fork();
    member.disk
      .instantly((disk) => flipOneBit(disk, (bound) => draw.below(bound)))
      .then((flipped) => {
        member.blemishes.flipped = flipped;
        context.trace.line('nemesis', () => `flipped a bit: ${JSON.stringify(flipped)}`);
      });
    return true;
  });
  context.bootAfter(10_000 + context.durationUs(5000), member);
};

async function flipOneBit(
  disk: MemoryDisk,
  below: (bound: number) => number,
): Promise<{ readonly file: string; readonly position: number } | undefined> {
  const candidates: { readonly file: string; readonly end: number }[] = [];
  for (const name of await namesIn(disk, '/raft')) {
    if (name === 'identity' || name === 'snapshot' || name === 'peers')
      candidates.push(await wholeFile(disk, `/raft/${name}`));
  }
  for (const name of await namesIn(disk, '/raft/log')) {
    // The last record of all cannot be told from one that the power took away.
    if (name.endsWith('.log')) candidates.push(await allButTheLastRecord(disk, `/raft/log/${name}`));
  }
  const target = candidates.filter(({ end }) => end > 0)[
    below(Math.max(1, candidates.filter(({ end }) => end > 0).length))
  ];
  if (target === undefined) return undefined;
  const position = below(target.end);
  const file = await disk.open(target.file, 'write');
  const byte = new Uint8Array(1);
  await file.read(byte, position);
  byte[0] = (byte[0] ?? 0) ^ (1 << below(8));
  await file.write([byte], position);
  await file.sync();
  await file.close();
  return { file: target.file, position };
}

/** A machine may lose its power before it has made anything durable. */
async function namesIn(disk: MemoryDisk, folder: string): Promise<readonly string[]> {
  if ((await disk.stat(folder)) === undefined) return [];
  return (await disk.list(folder)).map(({ name }) => name);
}

async function wholeFile(disk: MemoryDisk, file: string): Promise<{ readonly file: string; readonly end: number }> {
  return { file, end: (await disk.stat(file))?.sizeBytes ?? 0 };
}

const recordHeaderBytes = 12;

async function allButTheLastRecord(
  disk: MemoryDisk,
  path: string,
): Promise<{ readonly file: string; readonly end: number }> {
  const file = await disk.open(path, 'read');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  let last = 0;
  for (let at = 0; at + recordHeaderBytes <= bytes.length; ) {
    const sizeBytes = new DataView(bytes.buffer).getUint32(at + 8);
    if (sizeBytes === 0 || at + sizeBytes > bytes.length) break;
    last = at;
    at += sizeBytes;
  }
  return { file: path, end: last };
}
