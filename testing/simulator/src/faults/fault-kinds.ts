/** Everything that can go wrong. */
export const faultKinds = [
  'kill',
  'power loss',
  'power loss everywhere',
  'power loss of new leaders',
  'pause',
  'stall of an event loop',
  'wall clock jump',
  'cut one way',
  'cut both ways',
  'isolation',
  'partition',
  'bridge',
  'flapping link',
  'reset',
  'throttle',
  'slow link',
  'lossy link',
  'disk stall',
  'disk error',
  'disk full',
  'flipped bit',
  'leadership transfer',
  'membership change',
  'snapshot',
] as const;

/** One of {@link faultKinds}. */
export type FaultKind = (typeof faultKinds)[number];
