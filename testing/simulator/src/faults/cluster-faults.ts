import type { MembershipChange } from '@streambus/raft-node';
import type { Life, Member } from '../cluster/member.ts';
import type { Fault, FaultContext } from './fault-context.ts';

/** Somebody hands leadership to another node, be it away from one that leads or not, asking any node. */
export const leadershipTransfer: Fault = (context) => {
  const { cluster, random, figures } = context;
  const from = runningLife(context);
  if (from === undefined) return;
  const to = 1 + random.below(cluster.members.length);
  context.injected('leadership transfer', `to node ${to}, asked of node ${from.watch.id}`);
  from.process.wakeAfter(1, 'input', () => {
    from.node.transferLeadership(to).then(
      () => figures.transfersDone++,
      // A transfer may fail, and says so.
      () => {},
    );
  });
};

/** Somebody wants a snapshot. */
export const snapshot: Fault = (context) => {
  const life = runningLife(context);
  if (life === undefined) return;
  context.injected('snapshot', `of node ${life.watch.id}`);
  life.process.wakeAfter(1, 'input', () => {
    life.node.takeSnapshot().catch(() => {});
  });
};

/** Somebody changes who belongs to the cluster, asking any node: one step, or several at once. */
export const membershipChange: Fault = (context) => {
  const { figures, trace } = context;
  const asked = runningLife(context);
  if (asked === undefined) return;
  const changes = drawChanges(context, asked);
  if (changes.length === 0) return;
  context.membershipChanges++;
  const text = changes.map(({ type, id }) => `${type} ${id}`).join(', ');
  context.injected('membership change', `${text}, asked of node ${asked.watch.id}`);
  for (const { type, id } of changes) {
    const member = context.cluster.member(id);
    if ((type === 'addLearner' || type === 'promote') && !member.alive && !member.isLost) member.boot();
  }
  asked.process.wakeAfter(1, 'input', () => {
    asked.node.changeMembership(changes).then(
      () => {
        figures.membershipChanges++;
        trace.line('nemesis', `membership changed: ${text}`);
        stopRemoved(context, changes);
      },
      (error: Error) => trace.line('nemesis', `membership not changed: ${error.message}`),
    );
  });
};

/** Whoever has removed a node may stop it; or it goes on, and does no harm. */
function stopRemoved(context: FaultContext, changes: readonly MembershipChange[]): void {
  const { cluster, random, world } = context;
  for (const { type, id } of changes) {
    if (type !== 'remove' || random.below(2) === 0) continue;
    const member = cluster.member(id);
    const { life } = member;
    world.after(random.below(3_000_000), () => {
      const stillOut = cluster.leader?.life?.node.status().members.voters.every((voter) => voter !== id);
      if (stillOut === true && member.life === life) member.kill('none');
      return false;
    });
  }
}

function drawChanges(context: FaultContext, asked: Life): readonly MembershipChange[] {
  const { cluster, random } = context;
  const { voters, learners, votersOutgoing } = asked.node.status().members;
  const belongs = (id: number): boolean => [...voters, ...learners, ...votersOutgoing].some((one) => one === id);
  const outsiders = cluster.members.filter(({ id, isLost }) => !belongs(id) && !isLost);
  const damaged = cluster.members.find(({ blemishes }) => blemishes.flipped !== undefined);
  const outsider = anyOf(context, outsiders)?.id;
  const voter = anyOf(context, [...voters]);
  const learner = anyOf(context, [...learners]);
  if (damaged !== undefined) return replacementOf(damaged, belongs(damaged.id), outsider);
  const choices: (readonly MembershipChange[])[] = [];
  if (outsider !== undefined) {
    choices.push([{ type: 'addLearner', id: outsider }], [{ type: 'promote', id: outsider }]);
    if (voter !== undefined) {
      choices.push([
        { type: 'promote', id: outsider },
        { type: 'remove', id: voter },
      ]);
    }
  }
  if (learner !== undefined) choices.push([{ type: 'promote', id: learner }], [{ type: 'remove', id: learner }]);
  if (voter !== undefined && voters.length > 2)
    choices.push([{ type: 'remove', id: voter }], [{ type: 'demote', id: voter }]);
  return choices[random.below(Math.max(1, choices.length))] ?? [];
}

/** A node whose disk cannot be trusted makes place for another, in one step. */
function replacementOf(damaged: Member, belongs: boolean, outsider: number | undefined): readonly MembershipChange[] {
  if (!belongs) return [];
  const removal: MembershipChange = { type: 'remove', id: damaged.id };
  return outsider === undefined ? [removal] : [{ type: 'promote', id: outsider }, removal];
}

function runningLife(context: FaultContext): Life | undefined {
  const life = context.anyAlive()?.life;
  return life?.started === true && !life.failed ? life : undefined;
}

function anyOf<T>({ random }: FaultContext, choices: readonly T[]): T | undefined {
  return choices[random.below(Math.max(1, choices.length))];
}
