import { type Broker, createStateBuilder, type MetadataState, type Partition, type Topic } from '@streambus/metadata';
import { count, int32, int32s } from './fields.ts';
import { metadata as wire } from './generated/wire.js';
import { brokerStatuses, configsToWire, endpointToWire, featureToWire } from './metadata-fields.ts';
import { MetadataStateDecoder, stateFormat } from './metadata-state-decoder.ts';
import { toBytes } from './wire.ts';

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
    format: stateFormat,
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
  const builder = createStateBuilder();
  const decoder = new MetadataStateDecoder(builder);
  decoder.add(bytes);
  decoder.end();
  return builder.build();
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
