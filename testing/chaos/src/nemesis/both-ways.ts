import { type FaultKind, type Link, pick } from './fault.ts';

/** Nodes are cut off: from all others, or from one, so that not everybody sees the same cluster. */
export const bothWays: FaultKind = {
  name: 'both-ways',
  hitsTheStruck: false,
  needsNamespaces: true,
  durationMs: (random) => (random.below(2) === 0 ? 200 + random.below(1300) : 1500 + random.below(4000)),
  strike({ random, nodes, victims }) {
    const links = victims.flatMap((victim): Link[] => {
      const others = nodes.filter((node) => node !== victim);
      const cutOff = random.below(3) === 0 ? [pick(random, others)] : others;
      return cutOff.flatMap((other): Link[] => [
        [victim, other],
        [other, victim],
      ]);
    });
    return { type: 'cut', links };
  },
};
