import type { Fault } from './fault-context.ts';

/** A disk answers nothing for a while. */
export const diskStall: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  const durationUs = context.durationUs(20_000);
  context.injected('disk stall', `of node ${member.id} for ${Math.round(durationUs / 1000)} ms`);
  const { process } = member.life ?? {};
  member.disk.stall();
  context.undoAfter(durationUs, () => {
    // A disk is not stalled any more when its machine has begun anew.
    if (member.life?.process === process) member.disk.resume();
  });
};

/** A write or a sync fails, and leaves open what is on the disk. */
export const diskError: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  const operation = context.random.below(2) === 0 ? 'write' : 'sync';
  context.injected('disk error', `in a ${operation} of node ${member.id}`);
  member.diskFaults++;
  member.disk.failAfter(operation, context.random.below(20));
  context.undoAfter(context.durationUs(10_000), () => member.disk.repair());
};

/** A disk has no space for a while. */
export const diskFull: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  context.injected('disk full', `of node ${member.id}`);
  const { memory } = member.disk;
  member.diskFaults++;
  memory.setCapacity(memory.usedBytes + context.random.below(500));
  context.undoAfter(context.durationUs(15_000), () => memory.setCapacity(2 ** 40));
};
