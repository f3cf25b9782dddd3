import type { Dice } from './dice.ts';

/** The topic of the client that must never notice: nothing here names it. */
export const witnessTopic = 'witness';
/** Holds more than a client that never reads can be sent. */
export const filledTopic = 'fuzz-filled';
/** Batches of this one are looked into, as the broker needs their keys. */
export const compactedTopic = 'fuzz-compacted';
/** The topics that valid requests are about. */
export const fuzzTopics: readonly string[] = [
  ...Array.from({ length: 8 }, (_, index) => `fuzz-${index}`),
  compactedTopic,
];

const oddNames: readonly string[] = [
  '',
  '.',
  '..',
  'a/b',
  '../../etc/passwd',
  'x'.repeat(249),
  'x'.repeat(250),
  'x'.repeat(32_767),
  'nul\0nul',
  'ünïcödé',
  '\ufeff\u202e',
  '🚌'.repeat(60),
  '__proto__',
  'constructor',
  'toString',
  '__consumer_offsets',
  '__cluster_metadata',
  '%s%n%x',
  'con',
  'a b\nc',
];

/** The name of a topic: mostly one that is there, sometimes a new one, sometimes one that cannot be. */
export function topicName(dice: Dice): string {
  const roll = dice.below(100);
  if (roll < 75) return dice.pick(fuzzTopics);
  return roll < 88 ? `fuzz-new-${dice.below(150)}` : dice.pick(oddNames);
}

/** The name of a group, a member or an instance. */
export function plainName(dice: Dice, kind: string): string {
  const roll = dice.below(100);
  if (roll < 70) return `${kind}-${dice.below(20)}`;
  return roll < 85 ? '' : dice.pick(oddNames);
}
