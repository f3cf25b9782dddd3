import type { DiskLoss } from '@streambus/runtime/testing';
import type { Member } from '../cluster/member.ts';
import type { Fault, FaultContext } from './fault-context.ts';

/** The process ends; its machine tells its peers. */
export const kill: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  context.injected('kill', `node ${member.id}`);
  member.kill('none');
  context.bootAfter(context.durationUs(10_000), member);
};

/** The machine ends, without a word; its disk has what was synced, and perhaps some of the rest. */
export const powerLoss: Fault = (context) => {
  const member = context.anyAlive();
  if (member === undefined) return;
  context.injected('power loss', `node ${member.id}`);
  member.kill(anyLoss(context));
  context.bootAfter(context.durationUs(10_000), member);
};

/** All machines end at one moment. */
export const powerLossEverywhere: Fault = (context) => {
  context.injected('power loss everywhere', '');
  for (const member of context.cluster.members) {
    if (!member.alive) continue;
    member.kill(anyLoss(context));
    context.bootAfter(context.durationUs(3000), member);
  }
};

/** The leader's machine ends, and that of whoever leads next, in the middle of its first words; perhaps that of the next one too. */
export const powerLossOfNewLeaders: Fault = (context) => {
  const { cluster, random, world } = context;
  const first = cluster.leader;
  if (first === undefined) return;
  context.injected('power loss of new leaders', `beginning with node ${first.id}`);
  const strike = (member: Member): void => {
    member.kill(anyLoss(context));
    context.bootAfter(context.durationUs(500), member);
  };
  let left = 1 + random.below(3);
  const stop = cluster.onLeader((member) => {
    left--;
    if (left === 0) stop();
    const { process } = member;
    // Mostly while it stores its first entry, and sometimes when others have stored more of it.
    world.after(random.below(random.below(2) === 0 ? 3000 : 100_000), () => {
      if (left >= 0 && member.process === process) strike(member);
      return false;
    });
  });
  context.undoAfter(20_000_000, () => {
    left = -1;
    stop();
  });
  strike(first);
};

/** SIGSTOP, and later SIGCONT. */
export const pause: Fault = (context) => {
  const member = context.anyAlive();
  const process = member?.process;
  if (member === undefined || process === undefined) return;
  const durationUs = context.durationUs(12_000);
  context.injected('pause', `node ${member.id} for ${Math.round(durationUs / 1000)} ms`);
  process.hold();
  context.undoAfter(durationUs, () => process.release());
};

/** The event loop of a process is busy with something else. */
export const stall: Fault = (context) => {
  const member = context.anyAlive();
  const process = member?.process;
  if (member === undefined || process === undefined) return;
  const durationUs = context.durationUs(800);
  context.injected('stall of an event loop', `node ${member.id} for ${Math.round(durationUs / 1000)} ms`);
  process.hold();
  context.undoAfter(durationUs, () => process.release());
};

/** Somebody sets the clock on the wall. */
export const wallClockJump: Fault = (context) => {
  const member = context.anyAlive();
  const byMs = context.random.below(7_200_000) - 3_600_000;
  if (member?.process === undefined) return;
  context.injected('wall clock jump', `node ${member.id} by ${byMs} ms`);
  member.process.clock.jump(byMs);
};

function anyLoss({ random }: FaultContext): DiskLoss {
  return random.below(2) === 0 ? 'unsynced' : 'torn';
}
