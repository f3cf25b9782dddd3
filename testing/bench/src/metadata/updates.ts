import { encodeMetadataCommand } from '@streambus/codec';
import type { CommandOf, MetadataStore, PartitionEpoch } from '@streambus/metadata';

type Update = CommandOf<'changePartition'>;

const replicas = [1, 2, 3, 4];

/** Two of the same size, each member under its incarnation (KIP-903). */
const inSyncSets = [
  [1, 2, 3],
  [1, 2, 4],
].map((brokerIds) => brokerIds.map((brokerId) => ({ brokerId, incarnation: incarnationOf(brokerId) })));

/** The fields of what a leader tells the cluster when a follower has fallen behind and another has caught up. */
function isrUpdate(name: string, partitionEpoch: PartitionEpoch): Omit<Update, 'kind'> {
  const isr = inSyncSets[(partitionEpoch + 1) % inSyncSets.length] ?? [];
  return { name, partition: 0, partitionEpoch, isr };
}

/** The size of an update as it is written to the log, in bytes. */
export const updateBytes: number = encodeMetadataCommand({
  kind: 'changePartition',
  ...isrUpdate(topicOf(0), 1000 as PartitionEpoch),
}).length;

/** Makes brokers, and a topic of one partition for each place. */
export async function prepareUpdates(store: MetadataStore, places: number): Promise<void> {
  await store.batch({
    commands: replicas.flatMap((brokerId) => {
      const incarnation = incarnationOf(brokerId);
      const endpoints = [{ listener: 'PLAINTEXT', host: '127.0.0.1', port: 9000 + brokerId }];
      return [
        { kind: 'registerBroker', brokerId, incarnation, endpoints },
        { kind: 'unfenceBroker', brokerId, incarnation },
      ] as const;
    }),
  });
  await store.batch({
    commands: Array.from({ length: places }, (_, place) => ({
      kind: 'createTopic',
      name: topicOf(place),
      topicId: uuidOf(place),
      placement: { kind: 'explicit', replicas: [replicas] },
    })),
  });
}

/** Updates the partitions of places, each from the epoch at which its last update left it. */
export class Updates {
  readonly #store: MetadataStore;
  readonly #epochs: PartitionEpoch[];
  /** A broker has the names of its partitions, as etcd's load has its requests. */
  readonly #names: readonly string[];

  private constructor(store: MetadataStore, epochs: PartitionEpoch[]) {
    this.#store = store;
    this.#epochs = epochs;
    this.#names = epochs.map((_, place) => topicOf(place));
  }

  /** Reads the epochs that whoever updated before has left. */
  static async begin(store: MetadataStore, places: number): Promise<Updates> {
    const { topics } = await store.read({ barrier: true });
    const epochs = Array.from({ length: places }, (_, place) => {
      const epoch = topics.get(topicOf(place))?.partitions[0]?.partitionEpoch;
      if (epoch === undefined) throw new Error(`there is no ${topicOf(place)}`);
      return epoch;
    });
    return new Updates(store, epochs);
  }

  /** One update; resolves when the state machine has answered that it is done. */
  async update(place: number): Promise<void> {
    const [name, epoch] = [this.#names[place], this.#epochs[place]];
    if (name === undefined || epoch === undefined) throw new Error(`there is no place ${place}`);
    const { partitionEpoch } = await this.#store.changePartition(isrUpdate(name, epoch));
    if (partitionEpoch !== epoch + 1) throw new Error(`partition epoch ${partitionEpoch} follows ${epoch}`);
    this.#epochs[place] = partitionEpoch;
  }
}

function topicOf(place: number): string {
  return `orders-of-region-${String(place).padStart(6, '0')}`;
}

function incarnationOf(brokerId: number): string {
  return uuidOf(1_000_000 + brokerId);
}

function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
