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
  given,
} from './metadata-fields.ts';
import { fromBytes, toBytes } from './wire.ts';

const format = 1;

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
 * Writes a state in pieces of a topic or a broker each, to be taken one after the other: nobody needs the whole in memory or in one turn of
 * the event loop. Together they are what {@link encodeMetadataState} gives. The state is immutable, so pieces may be taken
 * while later commands are applied.
 */
export function* encodeMetadataStatePieces(state: MetadataState): Generator<Uint8Array, undefined, undefined> {
  yield toBytes(wire.State, {
    format,
    version: count(state.version, 'metadata version'),
    nextProducerId: count(state.nextProducerId, 'next producer id'),
    featureLevels: Array.from(state.featureLevels, ([name, level]) => ({ name, level: int32(level, 'level') })),
    clusterConfigs: configsToWire(state.clusterConfigs),
  });
  for (const broker of state.brokers.values()) yield toBytes(wire.State, { brokers: [brokerToWire(broker)] });
  for (const topic of state.topics.values()) yield toBytes(wire.State, { topics: [topicToWire(topic)] });
}

/**
 * Reads a state and checks its invariants, so that one that is restored can be trusted.
 *
 * @throws CodecError
 */
export function decodeMetadataState(bytes: Uint8Array): MetadataState {
  return fromBytes('metadata state', wire.State, bytes, (content) => {
    if (content.format !== format) {
      throw new CodecError(
        'CODEC_FORMAT_UNSUPPORTED',
        `a metadata state has format ${content.format}; this version reads format ${format}`,
      );
    }
    const state = stateFromContent({
      version: metadataVersion(content.version),
      brokers: content.brokers.map(brokerFromWire),
      topics: content.topics.map(topicFromWire),
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
    ...given('rack', broker.rack),
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

function topicToWire({ name, topicId, configs, partitions }: Topic): wire.Topic.$Properties {
  return { name, topicId, configs: configsToWire(configs), partitions: partitions.map(partitionToWire) };
}

function topicFromWire({ name, topicId, configs, partitions }: wire.Topic.$Properties): Topic {
  return {
    name: name ?? '',
    topicId: topicId ?? '',
    configs: configsFromWire(configs ?? []),
    partitions: partitions?.map(partitionFromWire) ?? [],
  };
}

function partitionToWire(partition: Partition): wire.Partition.$Properties {
  return {
    replicas: int32s(partition.replicas, 'replica'),
    isr: int32s(partition.isr, 'member of an ISR'),
    ...given('leader', partition.leader === undefined ? undefined : int32(partition.leader, 'leader')),
    leaderEpoch: count(partition.leaderEpoch, 'leader epoch'),
    partitionEpoch: count(partition.partitionEpoch, 'partition epoch'),
    addingReplicas: int32s(partition.addingReplicas, 'added replica'),
    removingReplicas: int32s(partition.removingReplicas, 'removed replica'),
  };
}

function partitionFromWire(partition: wire.Partition.$Properties): Partition {
  return {
    replicas: partition.replicas ?? [],
    isr: partition.isr ?? [],
    leader: partition.leader ?? undefined,
    leaderEpoch: leaderEpoch(partition.leaderEpoch ?? 0),
    partitionEpoch: partitionEpoch(partition.partitionEpoch ?? 0),
    addingReplicas: partition.addingReplicas ?? [],
    removingReplicas: partition.removingReplicas ?? [],
  };
}
