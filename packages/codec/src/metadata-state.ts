import {
  type Broker,
  findViolation,
  leaderEpoch,
  type MetadataState,
  metadataVersion,
  type Partition,
  partitionEpoch,
  stateFromContent,
  type Topic,
} from '@streambus/metadata';
import { CodecError } from './errors.ts';
import { count, int32, int32s } from './fields.ts';
import { metadata as wire } from './generated/wire.js';
import {
  brokerStatuses,
  configsFromWire,
  configsToWire,
  endpointFromWire,
  endpointToWire,
  featureFromWire,
  featureToWire,
} from './metadata-fields.ts';
import { fromBytes, toBytes } from './wire.ts';

/** What is written; each older one is still read. */
const format = 2;
const formatWithFencedIsr = 1;

// So that nobody writes a piece for longer than a turn of the event loop should take.
const maxPartitionsPerPiece = 1000;

/** Writes a state whole. Equal states give equal bytes. @throws CodecError `CODEC_NOT_ENCODABLE` */
export function encodeMetadataState(state: MetadataState): Uint8Array {
  const pieces = [...encodeMetadataStatePieces(state)];
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

/**
 * Writes a state in pieces, to be taken one after the other: nobody needs the whole in memory or in one turn of the event loop. Together they
 * are what {@link encodeMetadataState} gives. The state is immutable, so pieces may be taken while later commands are applied.
 */
export function* encodeMetadataStatePieces(state: MetadataState): Generator<Uint8Array, undefined, undefined> {
  yield encodeHead(state);
  for (const broker of state.brokers.values()) yield encodeBroker(broker);
  for (const topic of state.topics.values()) yield* encodeTopicPieces(topic);
}

/** The piece of a state that says what belongs to no broker and no topic. */
export function encodeHead(state: MetadataState): Uint8Array {
  return toBytes(wire.State, {
    format,
    version: count(state.version, 'metadata version'),
    nextProducerId: count(state.nextProducerId, 'next producer id'),
    featureLevels: Array.from(state.featureLevels, ([name, level]) => ({ name, level: int32(level, 'level') })),
    clusterConfigs: configsToWire(state.clusterConfigs),
  });
}

/** The piece of a broker. */
export function encodeBroker(broker: Broker): Uint8Array {
  return toBytes(wire.State, { brokers: [brokerToWire(broker)] });
}

/** The pieces of a topic, of at most {@link maxPartitionsPerPiece} partitions each. */
export function* encodeTopicPieces(topic: Topic): Generator<Uint8Array, undefined, undefined> {
  const { name, topicId, configs, partitions } = topic;
  for (let from = 0; from < partitions.length; from += maxPartitionsPerPiece) {
    const some = partitions.slice(from, from + maxPartitionsPerPiece).map(partitionToWire);
    const head = from === 0 ? { name, topicId, configs: configsToWire(configs) } : { name };
    yield toBytes(wire.State, { topics: [{ ...head, partitions: some }] });
  }
}

/**
 * Reads a state, of this format or an older one, and checks its invariants, so that one that is restored can be trusted.
 *
 * @throws CodecError
 */
export function decodeMetadataState(bytes: Uint8Array): MetadataState {
  return fromBytes('metadata state', wire.State, bytes, (content) => {
    if (content.format !== format && content.format !== formatWithFencedIsr) {
      throw new CodecError(
        'CODEC_FORMAT_UNSUPPORTED',
        `a metadata state has format ${content.format}; this version reads formats ${formatWithFencedIsr} to ${format}`,
      );
    }
    const partitionOf = content.format === format ? partitionFromWire : partitionFromFormat1;
    const state = stateFromContent({
      version: metadataVersion(content.version),
      brokers: content.brokers.map(brokerFromWire),
      topics: wholeTopics(content.topics).map((topic) => topicFromWire(topic, partitionOf)),
      clusterConfigs: configsFromWire(content.clusterConfigs),
      featureLevels: new Map(content.featureLevels.map(({ name, level }) => [name ?? '', level ?? 0])),
      nextProducerId: content.nextProducerId,
    });
    const violation = findViolation(state);
    if (violation === undefined) return state;
    throw new CodecError('CODEC_VALUE_INVALID', `a metadata state breaks invariant ${violation}`);
  });
}

function brokerToWire(broker: Broker): wire.Broker.$Properties {
  return {
    brokerId: int32(broker.brokerId, 'broker id'),
    incarnation: broker.incarnation,
    epoch: count(broker.epoch, 'broker epoch'),
    status: brokerStatuses.encode(broker.status),
    endpoints: broker.endpoints.map(endpointToWire),
    rack: broker.rack ?? null,
    supportedFeatures: broker.supportedFeatures.map(featureToWire),
    configs: configsToWire(broker.configs),
  };
}

function brokerFromWire(broker: wire.Broker.$Properties): Broker {
  return {
    brokerId: broker.brokerId ?? 0,
    incarnation: broker.incarnation ?? '',
    epoch: metadataVersion(broker.epoch ?? 0),
    status: brokerStatuses.decode(broker.status ?? 0),
    endpoints: broker.endpoints?.map(endpointFromWire) ?? [],
    rack: broker.rack ?? undefined,
    supportedFeatures: broker.supportedFeatures?.map(featureFromWire) ?? [],
    configs: configsFromWire(broker.configs ?? []),
  };
}

/** Topics with the partitions of the pieces in which they go on; those have no topic id. */
function wholeTopics(pieces: readonly wire.Topic.$Properties[]): wire.Topic.$Properties[] {
  const topics: (wire.Topic.$Properties & { partitions: wire.Partition.$Properties[] })[] = [];
  for (const piece of pieces) {
    const last = topics.at(-1);
    const { partitions = [] } = piece;
    if (last?.name !== piece.name || piece.topicId) topics.push({ ...piece, partitions: [...(partitions ?? [])] });
    else for (const partition of partitions ?? []) last?.partitions.push(partition);
  }
  return topics;
}

type PartitionReader = (partition: wire.Partition.$Properties) => Partition;

function topicFromWire(
  { name, topicId, configs, partitions }: wire.Topic.$Properties,
  partitionOf: PartitionReader,
): Topic {
  return {
    name: name ?? '',
    topicId: topicId ?? '',
    configs: configsFromWire(configs ?? []),
    partitions: partitions?.map(partitionOf) ?? [],
  };
}

function partitionToWire(partition: Partition): wire.Partition.$Properties {
  return {
    replicas: int32s(partition.replicas, 'replica'),
    isr: int32s(partition.isr, 'member of an ISR'),
    leader: partition.leader === undefined ? null : int32(partition.leader, 'leader'),
    leaderEpoch: count(partition.leaderEpoch, 'leader epoch'),
    partitionEpoch: count(partition.partitionEpoch, 'partition epoch'),
    addingReplicas: int32s(partition.addingReplicas, 'added replica'),
    removingReplicas: int32s(partition.removingReplicas, 'removed replica'),
    eligibleReplicas: int32s(partition.eligibleReplicas, 'eligible replica'),
  };
}

function partitionFromWire(partition: wire.Partition.$Properties): Partition {
  return {
    replicas: partition.replicas ?? [],
    isr: partition.isr ?? [],
    eligibleReplicas: partition.eligibleReplicas ?? [],
    leader: partition.leader ?? undefined,
    leaderEpoch: leaderEpoch(partition.leaderEpoch ?? 0),
    partitionEpoch: partitionEpoch(partition.partitionEpoch ?? 0),
    addingReplicas: partition.addingReplicas ?? [],
    removingReplicas: partition.removingReplicas ?? [],
  };
}

/** Whoever was last in the ISR of a partition without a leader is dead and has everything acknowledged: today's word for it is eligible. */
function partitionFromFormat1(wirePartition: wire.Partition.$Properties): Partition {
  const partition = partitionFromWire(wirePartition);
  return partition.leader === undefined ? { ...partition, isr: [], eligibleReplicas: partition.isr } : partition;
}
