import type { Fault } from './fault-context.ts';

/** Somebody hands leadership to another node, or to one that leads, from any node. */
export const leadershipTransfer: Fault = (context) => {
  const { cluster, random } = context;
  const from = context.anyAlive()?.life;
  if (from?.started !== true || from.failed) return;
  const to = 1 + random.below(cluster.members.length);
  context.injected('leadership transfer', `to node ${to}, asked of node ${from.watch.id}`);
  from.process.wakeAfter(1, 'input', () => {
    // Whether it comes to that is not said: a transfer may fail.
    from.node.transferLeadership(to).catch(() => {});
  });
};
