import { type FaultKind, type Link, pick } from './fault.ts';

/** Nodes are not heard by others, or do not hear them: all the others, or one. */
export const oneWay: FaultKind = {
  name: 'one-way',
  hitsTheStruck: false,
  needsNamespaces: true,
  durationMs: (random) => (random.below(2) === 0 ? 200 + random.below(1300) : 1500 + random.below(4000)),
  strike({ random, nodes, victims }) {
    const links = victims.flatMap((victim): Link[] => {
      const others = nodes.filter((node) => node !== victim);
      const cutOff = random.below(3) === 0 ? [pick(random, others)] : others;
      const isMute = random.below(2) === 0;
      return cutOff.map((other) => (isMute ? [victim, other] : [other, victim]));
    });
    return { type: 'cut', links };
  },
};
