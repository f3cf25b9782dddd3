import type { Field, Fields, PrimitiveType } from '@streambus/kafka';
import type { Dice } from './dice.ts';
import { plainName, topicName } from './names.ts';
import { randomRecords } from './random-records.ts';

const wildIntegers: readonly number[] = [0, 1, -1, -2, 127, 255, 32_767, -32_768];
const ranges = new Map<string, readonly [min: number, max: number]>();

const configKeys: readonly string[] = [
  'retention.ms',
  'retention.bytes',
  'segment.bytes',
  'cleanup.policy',
  'max.message.bytes',
  'min.insync.replicas',
  'message.timestamp.type',
  'no.such.key',
  '__proto__',
  '',
];
const configValues: readonly string[] = [
  '-1',
  '0',
  '1',
  '60000',
  '1048576',
  'compact',
  'delete',
  'compact,delete',
  '',
  '1e9',
  'ä',
];

/** Values that make a request mean something, by the name of their field. The rest is any value of its type. */
const meanings: Readonly<Record<string, (dice: Dice) => unknown>> = {
  name: topicName,
  topic: topicName,
  topics: topicName,
  topicNames: topicName,
  resourceName: topicName,
  groupId: (dice) => plainName(dice, 'group'),
  groups: (dice) => plainName(dice, 'group'),
  groupsNames: (dice) => plainName(dice, 'group'),
  key: (dice) => plainName(dice, 'group'),
  coordinatorKeys: (dice) => plainName(dice, 'group'),
  memberId: (dice) => (dice.chance(60) ? '' : plainName(dice, 'member')),
  groupInstanceId: (dice) => (dice.chance(70) ? null : plainName(dice, 'instance')),
  protocolType: (dice) => (dice.chance(90) ? 'consumer' : plainName(dice, 'type')),
  transactionalId: (dice) => (dice.chance(90) ? null : plainName(dice, 'transaction')),
  configurationKeys: (dice) => dice.pick(configKeys),
  partitionIndex: smallIndex,
  partitionIndexes: smallIndex,
  partition: smallIndex,
  partitions: smallIndex,
  index: smallIndex,
  acks: (dice) => dice.pick([1, 1, -1, -1, 0, 2]),
  timeoutMs: (dice) => dice.pick([0, 100, 1000, 1000, -1]),
  maxWaitMs: (dice) => dice.pick([0, 0, 5, 50, -1]),
  minBytes: (dice) => dice.pick([0, 1, 1, 1_000_000]),
  maxBytes: (dice) => dice.pick([0, 1000, 100_000, 0x7fffffff, -1]),
  partitionMaxBytes: (dice) => dice.pick([0, 1000, 100_000, 0x7fffffff, -1]),
  fetchOffset: (dice) => dice.pick([0, 0, 1, 100, -1, 2 ** 40]),
  sessionId: (dice) => (dice.chance(90) ? 0 : dice.int32()),
  sessionEpoch: (dice) => dice.pick([-1, -1, 0, 1]),
  currentLeaderEpoch: (dice) => dice.pick([-1, -1, 0, 5]),
  replicaId: (dice) => dice.pick([-1, -1, -1, 0, 1]),
  numPartitions: (dice) => dice.pick([1, 2, 4, -1, 0, 10_001, 0x7fffffff, -0x80000000]),
  count: (dice) => dice.pick([1, 2, 4, 6, 0, -1, 0x7fffffff]),
  replicationFactor: (dice) => dice.pick([1, 1, -1, -1, 0, 3, 32_767]),
  // What is set for all topics at once would reach the witness too.
  resourceType: (dice) => dice.pick([2, 2, 2, 2, 0, 8, 32, 127]),
  configOperation: (dice) => dice.pick([0, 1, 2, 3, 9]),
  timestamp: (dice) => dice.pick([-1, -2, -3, -4, -5, -6, 0, 1_700_000_000_000]),
  sessionTimeoutMs: (dice) => dice.pick([6000, 6000, 6000, 0, -1, 0x7fffffff]),
  rebalanceTimeoutMs: (dice) => dice.pick([1, 50, 300, -1, 0x7fffffff]),
  generationId: (dice) => dice.pick([-1, 0, 1, 2, 0x7fffffff]),
  generationIdOrMemberEpoch: (dice) => dice.pick([-1, -1, 0, 1, 2]),
  producerId: (dice) => dice.pick([-1, -1, 0, 1, 2 ** 40]),
  producerEpoch: (dice) => dice.pick([-1, 0, 1]),
};

function smallIndex(dice: Dice): number {
  return dice.chance(85) ? dice.below(3) : dice.pick([3, 10, 9999, 0x7fffffff, -1, -0x80000000]);
}

/** A message that the encoder of its version takes. */
export function randomMessage(fields: Fields, version: number, dice: Dice): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (inRange(field.versions, version)) message[name] = fieldValue(name, field, version, dice);
  }
  return message;
}

function fieldValue(name: string, field: Field, version: number, dice: Dice): unknown {
  const nullable = inRange(field.nullable, version);
  const value = anyValue(name, field, version, dice);
  if (value === null) return nullable ? null : '';
  return nullable && dice.chance(15) ? null : value;
}

function anyValue(name: string, field: Field, version: number, dice: Dice): unknown {
  if (field.type === 'struct') return randomMessage(field.fields, version, dice);
  if (field.type !== 'array') return primitive(name, field.type, dice);
  const { items } = field;
  if (name === 'assignments' && dice.chance(85)) return [];
  if (name === 'configs') return dice.list(2, () => randomConfig(items, version, dice));
  if (typeof items === 'string') return dice.list(3, () => primitive(name, items, dice));
  return dice.list(3, () => randomMessage(items, version, dice));
}

function randomConfig(items: PrimitiveType | Fields, version: number, dice: Dice): unknown {
  if (typeof items === 'string') return primitive('configurationKeys', items, dice);
  return { ...randomMessage(items, version, dice), name: dice.pick(configKeys), value: dice.pick(configValues) };
}

function primitive(name: string, type: PrimitiveType, dice: Dice): unknown {
  const meaning = Object.hasOwn(meanings, name) ? meanings[name]?.(dice) : undefined;
  if (meaning !== undefined && fits(meaning, type)) return meaning;
  switch (type) {
    case 'boolean':
      return dice.chance(50);
    case 'int8':
      return dice.between(-128, 127);
    case 'int16':
      return dice.pick(wildIntegers);
    case 'int32':
      return dice.chance(60) ? dice.pick(wildIntegers) : dice.int32();
    case 'int64':
      return dice.chance(60) ? dice.pick(wildIntegers) : dice.int32() * 2 ** 20;
    case 'uuid':
      return uuid(dice);
    case 'string':
      return plainName(dice, name);
    case 'bytes':
      return dice.bytes(dice.below(60));
    case 'records':
      return randomRecords(dice);
  }
}

function fits(value: unknown, type: PrimitiveType): boolean {
  if (value === null || typeof value === 'string') return type === 'string';
  if (typeof value !== 'number') return false;
  const bits = { int8: 8, int16: 16, int32: 32, int64: 53 }[type as string];
  return bits !== undefined && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

function uuid(dice: Dice): string {
  const hex = dice.bytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Whether a version lies in a range as the schemas write it: `3`, `3+` or `0-7`. */
function inRange(range: string | undefined, version: number): boolean {
  if (range === undefined) return false;
  let bounds = ranges.get(range);
  if (bounds === undefined) {
    const [min = '', max] = range.endsWith('+') ? [range.slice(0, -1), 'Infinity'] : range.split('-');
    bounds = [Number(min), Number(max ?? min)];
    ranges.set(range, bounds);
  }
  return version >= bounds[0] && version <= bounds[1];
}
