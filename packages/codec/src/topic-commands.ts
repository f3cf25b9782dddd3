import type { ConfigChange, PartitionPlacement } from '@streambus/metadata';
import type { CommandCodecs } from './command-codec.ts';
import { CodecError } from './errors.ts';
import { enumTable, int32, int32s } from './fields.ts';
import type { metadata as wire } from './generated/wire.js';
import { given } from './metadata-fields.ts';

type TopicKind = 'createTopic' | 'deleteTopic' | 'configureTopic' | 'configureBroker' | 'addPartitions';

/** Commands about topics, and about settings. */
export const topicCommands: CommandCodecs<TopicKind> = {
  createTopic: {
    toWire: ({ name, topicId, placement, configs }) => ({
      name,
      topicId,
      ...placementToWire(placement),
      configs: configs ? { entries: Object.entries(configs).map(([key, value]) => ({ key, value })) } : null,
    }),
    fromWire: (body) => ({
      kind: 'createTopic',
      name: body.name ?? '',
      topicId: body.topicId ?? '',
      placement: placementFromWire(body),
      ...given('configs', body.configs && recordOf(body.configs.entries ?? [])),
    }),
  },
  deleteTopic: {
    toWire: ({ name, topicId }) => ({ name, topicId: topicId ?? null }),
    fromWire: ({ name, topicId }) => ({ kind: 'deleteTopic', name: name ?? '', ...given('topicId', topicId) }),
  },
  configureTopic: {
    toWire: ({ name, replace, changes }) => ({
      name,
      replace: replace ?? null,
      changes: changes.map(changeToWire),
    }),
    fromWire: ({ name, replace, changes }) => ({
      kind: 'configureTopic',
      name: name ?? '',
      ...given('replace', replace),
      changes: changes?.map(changeFromWire) ?? [],
    }),
  },
  configureBroker: {
    toWire: ({ brokerId, replace, changes }) => ({
      brokerId: brokerId === undefined ? null : int32(brokerId, 'broker id'),
      replace: replace ?? null,
      changes: changes.map(changeToWire),
    }),
    fromWire: ({ brokerId, replace, changes }) => ({
      kind: 'configureBroker',
      ...given('brokerId', brokerId),
      ...given('replace', replace),
      changes: changes?.map(changeFromWire) ?? [],
    }),
  },
  addPartitions: {
    toWire: ({ name, totalCount, replicas }) => ({
      name,
      totalCount: int32(totalCount, 'count of partitions'),
      replicas: replicas ? assignmentToWire(replicas) : null,
    }),
    fromWire: ({ name, totalCount, replicas }) => ({
      kind: 'addPartitions',
      name: name ?? '',
      totalCount: totalCount ?? 0,
      ...given('replicas', replicas && assignmentFromWire(replicas)),
    }),
  },
};

const operations = enumTable<ConfigChange['operation']>('operation on a setting', [
  'set',
  'delete',
  'append',
  'subtract',
]);

function changeToWire(change: ConfigChange): wire.ConfigChange.$Properties {
  const { operation, key } = change;
  return { operation: operations.encode(operation), key, value: change.operation === 'delete' ? '' : change.value };
}

function changeFromWire(change: wire.ConfigChange.$Properties): ConfigChange {
  const operation = operations.decode(change.operation ?? 0);
  const key = change.key ?? '';
  return operation === 'delete' ? { operation, key } : { operation, key, value: change.value ?? '' };
}

function placementToWire(placement: PartitionPlacement): wire.CreateTopic.$Properties {
  if (placement.kind === 'explicit') return { explicit: assignmentToWire(placement.replicas) };
  const partitionCount = int32(placement.partitionCount, 'count of partitions');
  return { automatic: { partitionCount, replicationFactor: int32(placement.replicationFactor, 'replication factor') } };
}

function placementFromWire(body: wire.CreateTopic.$Properties): PartitionPlacement {
  const { automatic, explicit, placement } = body;
  if (placement === 'explicit' && explicit) return { kind: 'explicit', replicas: assignmentFromWire(explicit) };
  if (!automatic) throw new CodecError('CODEC_VALUE_INVALID', 'the placement of a topic is missing');
  const { partitionCount, replicationFactor } = automatic;
  return { kind: 'automatic', partitionCount: partitionCount ?? 0, replicationFactor: replicationFactor ?? 0 };
}

function assignmentToWire(assignment: readonly (readonly number[])[]): wire.Assignment.$Properties {
  return { partitions: assignment.map((replicas) => ({ brokerIds: int32s(replicas, 'replica') })) };
}

function assignmentFromWire({ partitions }: wire.Assignment.$Properties): readonly (readonly number[])[] {
  return partitions?.map(({ brokerIds }) => brokerIds ?? []) ?? [];
}

function recordOf(entries: readonly wire.ConfigEntry.$Properties[]): Readonly<Record<string, string>> {
  // `fromEntries` defines properties, so that a key such as __proto__ is a key like others.
  return Object.fromEntries(entries.map(({ key, value }) => [key ?? '', value ?? '']));
}
