import type { FaultKind } from './fault.ts';

/** Processes end as in a crash, and are started again: mostly soon, at times after so long that the log has gone on without them. */
export const kill: FaultKind = {
  name: 'kill',
  hitsTheStruck: true,
  needsNamespaces: false,
  durationMs: (random) => (random.below(12) === 0 ? 2000 + random.below(3000) : random.below(300)),
  strike: ({ victims }) => ({ type: 'kill', nodes: victims }),
};
