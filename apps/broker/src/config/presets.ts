import type { ConfigKey } from './config-key.ts';

/** Values between the defaults and everything that the user says. */
export type Preset = Readonly<Partial<Record<ConfigKey, string | number | boolean>>>;

/** `streambus dev`: nothing to set up, nothing to wait for, lines for people, segments small enough to see them roll. */
export const developerPreset: Preset = {
  'auto.create.topics.enable': true,
  'num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  'log.segment.bytes': 16 * 1024 * 1024,
  'log.format': 'pretty',
  'shutdown.timeout.ms': 3000,
};
