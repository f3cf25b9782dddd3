import type { FaultKind } from './fault.ts';

/** Processes stop and go on: some within an election time-out, so that a leader finds itself deposed without having noticed. */
export const pause: FaultKind = {
  name: 'pause',
  hitsTheStruck: false,
  needsNamespaces: false,
  durationMs: (random) => (random.below(2) === 0 ? 50 + random.below(900) : 900 + random.below(2500)),
  strike: ({ victims }) => ({ type: 'pause', nodes: victims }),
};
