import {
  type Broker,
  leaderEpoch,
  metadataVersion,
  type Partition,
  partitionEpoch,
  type StateParts,
} from '@streambus/metadata';
import { CodecError } from './errors.ts';
import { FieldCutter } from './field-cutter.ts';
import { metadata as wire } from './generated/wire.js';
import { brokerStatuses, configsFromWire, endpointFromWire, featureFromWire } from './metadata-fields.ts';
import { fromBytes } from './wire.ts';

/** The format that is written; each older one is still read. */
export const stateFormat = 2;
const formatWithFencedIsr = 1;

const what = 'metadata state';
const fields = { brokers: 6, topics: 7 } as const;

/** How far a state is read: its fields come in this order. */
type Stage = 'head' | 'brokers' | 'topics';

/**
 * Reads a state from pieces that come one after the other, of any size, in this format or an older one, and gives each broker and each piece
 * of a topic on as soon as it is whole. Nothing is kept but what is not whole yet: so a state of any size is read in the memory that it takes.
 */
export class MetadataStateDecoder {
  readonly #parts: StateParts;
  readonly #cutter = new FieldCutter(what);
  #stage: Stage = 'head';
  /** What came of the head. */
  readonly #head: Uint8Array[] = [];
  #partitionOf: (partition: wire.Partition.$Properties) => Partition = partitionFromWire;
  #topicName: string | undefined;

  /** @param parts - takes them; what breaks an invariant is refused */
  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  /** Takes the next piece; may be empty. @throws CodecError for bytes that are no state; then nothing more is to be given */
  add(piece: Uint8Array): void {
    for (const { number, whole, content } of this.#cutter.add(piece)) {
      if (number === fields.brokers) this.#addBroker(contentOf(number, content));
      else if (number === fields.topics) this.#addTopic(contentOf(number, content));
      else if (number < fields.brokers) this.#addToHead(number, whole);
      // What comes with a higher number is from a later version, which says that this one may pass it over.
      this.#refuseViolation();
    }
  }

  /** Every piece was given. @throws CodecError when that is no whole state */
  end(): void {
    this.#cutter.end();
    if (this.#stage === 'head') this.#endHead();
    this.#parts.end();
    this.#refuseViolation();
  }

  #addToHead(number: number, whole: Uint8Array): void {
    if (this.#stage !== 'head') throw misplaced(`field ${number}`, this.#stage);
    this.#head.push(whole.slice());
  }

  #endHead(): void {
    fromBytes(what, wire.State, joined(this.#head), ({ format, version, nextProducerId, ...lists }) => {
      if (format !== stateFormat && format !== formatWithFencedIsr) {
        throw new CodecError(
          'CODEC_FORMAT_UNSUPPORTED',
          `a metadata state has format ${format}; this version reads formats ${formatWithFencedIsr} to ${stateFormat}`,
        );
      }
      if (format === formatWithFencedIsr) this.#partitionOf = partitionFromFormat1;
      this.#parts.setHead({
        version: metadataVersion(version),
        clusterConfigs: configsFromWire(lists.clusterConfigs),
        featureLevels: new Map(lists.featureLevels.map(({ name, level }) => [name ?? '', level ?? 0])),
        nextProducerId,
      });
    });
    this.#refuseViolation();
  }

  #addBroker(content: Uint8Array): void {
    if (this.#stage === 'topics') throw misplaced('a broker', this.#stage);
    if (this.#stage === 'head') this.#endHead();
    this.#stage = 'brokers';
    this.#parts.addBroker(fromBytes(what, wire.Broker, content, brokerFromWire));
  }

  #addTopic(content: Uint8Array): void {
    if (this.#stage === 'head') this.#endHead();
    this.#stage = 'topics';
    fromBytes(what, wire.Topic, content, ({ name, topicId, configs, partitions }) => {
      // One that goes on in another piece has no id there.
      if (name !== this.#topicName || topicId !== '') {
        this.#parts.addTopic({ name, topicId, configs: configsFromWire(configs) });
        this.#refuseViolation();
      }
      this.#topicName = name;
      this.#parts.addPartitions(partitions.map(this.#partitionOf));
    });
  }

  #refuseViolation(): void {
    const { violation } = this.#parts;
    if (violation === undefined) return;
    throw new CodecError('CODEC_VALUE_INVALID', `a metadata state breaks invariant ${violation}`);
  }
}

function contentOf(number: number, content: Uint8Array | undefined): Uint8Array {
  if (content !== undefined) return content;
  throw new CodecError('CODEC_MALFORMED', `field ${number} of a metadata state holds no message`);
}

function misplaced(part: string, stage: Stage): CodecError {
  return new CodecError('CODEC_VALUE_INVALID', `a metadata state has ${part} after its ${stage} have begun`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
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
