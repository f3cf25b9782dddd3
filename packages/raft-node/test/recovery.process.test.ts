import { cp, mkdtemp, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRaftNode, type RaftNodeError } from '@streambus/raft-node';
import { createNodeDisk, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode } from './journal.ts';
import { startAgain, writeAndKill } from './recovery/recovery-process.ts';
import { createTally } from './recovery/tally.ts';

const timeout = 90_000;
const entries = 100_000;
/** What a busy machine may add; the command `recovery` prints the figure beside its aim. */
const busyMs = 4_000;
/** So that all of them are in the log, in two files of it. */
const snapshotAfterEntries = 2 ** 31 - 1;
const segmentBytes = 8 * 1024 * 1024;

/** Starts on a folder, proposes something, and stops. @returns how many entries there were */
async function entriesAfterStart(folder: string): Promise<number> {
  const tally = createTally();
  await using node = createRaftNode(
    { clusterId: 'recovery', nodeId: 1, storage: { folder }, snapshotAfterEntries, snapshotAfterBytes: 2 ** 30 },
    { disk: createNodeDisk(), clock: nodeClock, random: nodeRandom, stateMachine: tally },
  );
  await node.start();
  await node.readBarrier();
  const found = tally.entries;
  await node.propose(encode('one more'));
  return found;
}

async function refusal(folder: string): Promise<RaftNodeError> {
  return entriesAfterStart(folder).then(
    () => expect.unreachable('the node has started'),
    (error: RaftNodeError) => error,
  );
}

async function overwrite(path: string, position: number, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position);
}

async function flipBit(path: string, position: number): Promise<void> {
  const content = await readFile(path);
  await overwrite(path, position, Uint8Array.of((content[position] ?? 0) ^ 0x10));
}

describe(`${entries} entries that a killed process has left on a real disk`, { timeout }, () => {
  let root: string;
  let folder: string;
  let segments: readonly string[];
  let copies = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'raft-node-recovery-'));
    folder = join(root, 'left');
    const write = { entries, entryBytes: 100, clients: 64, outstanding: 32 };
    expect(await writeAndKill({ folder, snapshotAfterEntries, write })).toMatchObject({ entries });
    segments = (await readdir(join(folder, 'log'))).filter((name) => name.endsWith('.log')).sort();
    expect(segments.length).toBe(2);
  }, timeout);

  afterAll(() => rm(root, { recursive: true }));

  /** The folder as it was left, and a file of its log. */
  async function copyWith(segment: number): Promise<{ copy: string; path: string; sizeBytes: number }> {
    const copy = join(root, `${copies++}`);
    await cp(folder, copy, { recursive: true });
    const path = join(copy, 'log', segments.at(segment) as string);
    return { copy, path, sizeBytes: (await stat(path)).size };
  }

  it('are there when the next process starts, within a second', async ({ annotate }) => {
    const { copy } = await copyWith(0);
    const { entries: found, readyMs, appliedMs } = await startAgain({ folder: copy, snapshotAfterEntries });
    await annotate(
      `takes part after ${readyMs.toFixed(0)} ms, has applied everything after ${appliedMs.toFixed(0)} ms`,
    );
    expect(found).toBe(entries);
    expect(readyMs).toBeLessThan(1000 + busyMs);
  });

  it.each([
    ['cut off within its last record', async (path: string, size: number) => truncate(path, size - 1)],
    ['cut off in the middle of it', async (path: string, size: number) => truncate(path, size - 3_000)],
    ['filled with zeros', async (path: string, size: number) => overwrite(path, size - 3_000, new Uint8Array(12_000))],
    ['followed by zeros', async (path: string, size: number) => overwrite(path, size, new Uint8Array(100_000))],
    ['followed by garbage', async (path: string, size: number) => overwrite(path, size, encode('garbage'.repeat(999)))],
  ] as const)('whose end is %s: it is repaired, and the node goes on', async (_, harm) => {
    const { copy, path, sizeBytes } = await copyWith(-1);
    await harm(path, sizeBytes);
    const found = await entriesAfterStart(copy);
    expect(found).toBeLessThanOrEqual(entries);
    // A record has at most what was proposed at once.
    expect(found).toBeGreaterThanOrEqual(entries - 64 * 32);
    expect(await entriesAfterStart(copy)).toBe(found + 1);
  });

  it.each([
    ['the first byte', 0, 0],
    ['the middle of the first file', 0, 0.5],
    ['the end of the first file', 0, 1],
    ['the beginning of the last file', -1, 0],
    ['the middle of the last file', -1, 0.5],
  ] as const)(
    'of which a bit is flipped in %s: it is refused with file and byte, and nothing is changed',
    async (_, segment, part) => {
      const { copy, path, sizeBytes } = await copyWith(segment);
      const position = Math.min(sizeBytes - 1, Math.floor(sizeBytes * part));
      await flipBit(path, position);
      const harmed = await readFile(path);
      const error = await refusal(copy);
      expect(error).toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED', outcome: 'rejected', file: path });
      expect(error.message).toContain(path);
      expect(error.position).toBeLessThanOrEqual(position);
      expect(error.position).toBeGreaterThan(position - segmentBytes / 2);
      expect((await readFile(path)).equals(harmed)).toBe(true);
    },
  );
});
