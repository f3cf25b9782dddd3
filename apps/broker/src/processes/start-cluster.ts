import { type Clock, type Network, randomUuid, type SocketAddress } from '@streambus/runtime';
import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { BrokerError } from '../broker/errors.ts';
import {
  type BrokerConfig,
  developerPreset,
  formatSocketAddress,
  settingsOf,
  usualReplicationFactor,
} from '../config/index.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../temporary-folder.ts';
import { type ChildBroker, startChildBroker } from './child-broker.ts';
import { PeerLinks } from './peer-links.ts';

/** What a program may choose of the cluster that it starts. */
export interface StartClusterOptions {
  /** 1 to 9. Default 3. */
  readonly brokers?: number;
  /** Where records are kept: in a `temp` folder that is removed when the cluster is closed, or in a folder that stays. Default `temp`. */
  readonly storage?: 'temp' | { readonly dir: string };
  /** Any other setting of all brokers, by its property. Defaults are those of `streambus dev`, with a copy on each broker, up to 3. */
  readonly config?: Partial<BrokerConfig>;
  /** Hears every line that a broker writes. */
  readonly onLine?: (id: number, line: string) => void;
  /** How long a broker may take to be ready. Default 30,000: a machine under load is slow. */
  readonly readyTimeoutMs?: number;
}

/** Brokers in processes of their own on this machine, and what can happen to them. Ids are 1, 2, 3 … */
export interface RunningCluster extends AsyncDisposable {
  readonly ids: readonly number[];
  /** For Kafka clients: the addresses of all brokers, divided by commas. They stay the same over restarts. */
  readonly bootstrap: string;
  /** The address of one. */
  bootstrapOf(id: number): string;
  /** Its process, if one runs. */
  pidOf(id: number): number | undefined;
  /** Ends it as a crash does (SIGKILL); resolves when it is gone. */
  kill(id: number): Promise<void>;
  /** Ends it in order (SIGTERM); resolves when it is gone. */
  stop(id: number): Promise<void>;
  /** Freezes its process (SIGSTOP). */
  pause(id: number): void;
  /** Lets it go on (SIGCONT). */
  resume(id: number): void;
  /** Starts it on the data that it left, after {@link kill} if it runs; resolves when clients can produce. */
  restart(id: number): Promise<void>;
  /** Cuts the groups off from each other, without a word to anybody. Clients reach all of them. Who is in no group is with nobody. */
  partition(...groups: readonly (readonly number[])[]): void;
  /** Nothing passes from the first to the second; the other way everything does. */
  cut(from: number, to: number): void;
  /** Ends what {@link partition} and {@link cut} did. */
  heal(): void;
  /** Ends all brokers in order, and gives everything back. Harmless twice. */
  close(): Promise<void>;
}

const maxBrokers = 9;

/**
 * Starts a cluster of real broker processes, for a test of what happens when they are lost; resolves when clients can produce.
 *
 * ```ts
 * await using cluster = await startCluster({ brokers: 3 });
 * const kafka = new Kafka({ brokers: cluster.bootstrap.split(',') });
 * await cluster.kill(2);
 * ```
 *
 * @throws BrokerError `BROKER_PROCESS_ENDED`, `BROKER_PROCESS_SLOW`; ConfigError for settings that are not allowed; RangeError
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<RunningCluster> {
  const { brokers = 3, storage = 'temp' } = options;
  if (!Number.isInteger(brokers) || brokers < 1 || brokers > maxBrokers) {
    throw new RangeError(`brokers is ${brokers}; allowed: an integer from 1 to ${maxBrokers}`);
  }
  const network = createNodeNetwork();
  const folder = storage === 'temp' ? await createTemporaryFolder() : undefined;
  const cluster = new ProcessCluster({
    options,
    folder,
    dataDir: storage === 'temp' ? (folder?.path ?? '') : storage.dir,
    clusterId: randomUuid(nodeRandom),
    addresses: await reserveAddresses(brokers, network),
    network,
    clock: nodeClock,
  });
  try {
    await cluster.start();
    return cluster;
  } catch (thrown) {
    await cluster.close();
    throw thrown;
  }
}

/** Where a broker is reached. */
interface BrokerAddresses {
  readonly kafka: SocketAddress;
  readonly peer: SocketAddress;
}

/** Ports that are free now, and stay a broker's own from its start on. */
async function reserveAddresses(count: number, network: Network): Promise<ReadonlyMap<number, BrokerAddresses>> {
  const listeners = await Promise.all(
    Array.from({ length: 2 * count }, () =>
      network.listen({ host: '127.0.0.1', port: 0 }, (connection) => connection.destroy()),
    ),
  );
  const addresses = listeners.map(({ address }) => address);
  await Promise.all(listeners.map((listener) => listener.close()));
  const pairs = Array.from({ length: count }, (_, index): [number, BrokerAddresses] => {
    const [kafka, peer] = addresses.slice(2 * index);
    if (kafka === undefined || peer === undefined) throw new RangeError('a listener has no address');
    return [index + 1, { kafka, peer }];
  });
  return new Map(pairs);
}

interface ProcessClusterParts {
  readonly options: StartClusterOptions;
  readonly folder: TemporaryFolder | undefined;
  readonly dataDir: string;
  readonly clusterId: string;
  readonly addresses: ReadonlyMap<number, BrokerAddresses>;
  readonly network: Network;
  readonly clock: Clock;
}

class ProcessCluster implements RunningCluster {
  readonly ids: readonly number[];
  readonly #parts: ProcessClusterParts;
  readonly #links: PeerLinks;
  readonly #children = new Map<number, ChildBroker>();
  #closed: Promise<void> | undefined;

  constructor(parts: ProcessClusterParts) {
    this.#parts = parts;
    this.ids = [...parts.addresses.keys()];
    const targets = new Map([...parts.addresses].map(([id, { peer }]) => [id, peer]));
    this.#links = new PeerLinks(targets, parts.network);
  }

  get bootstrap(): string {
    return this.ids.map((id) => this.bootstrapOf(id)).join(',');
  }

  bootstrapOf(id: number): string {
    return formatSocketAddress(this.#addresses(id).kafka);
  }

  pidOf(id: number): number | undefined {
    return this.#running(id)?.pid;
  }

  async start(): Promise<void> {
    // Each has to know the way to each other, also to those that are not there yet.
    await Promise.all(this.ids.map((id) => this.#links.open(id)));
    await Promise.all(this.ids.map((id) => this.#start(id)));
  }

  async kill(id: number): Promise<void> {
    await this.#end(id, 'SIGKILL');
  }

  async stop(id: number): Promise<void> {
    await this.#end(id, 'SIGTERM');
  }

  pause(id: number): void {
    this.#running(id)?.signal('SIGSTOP');
  }

  resume(id: number): void {
    this.#running(id)?.signal('SIGCONT');
  }

  async restart(id: number): Promise<void> {
    await this.kill(id);
    await this.#links.open(id);
    await this.#start(id);
  }

  partition(...groups: readonly (readonly number[])[]): void {
    this.#links.heal();
    const groupOf = (id: number): number => groups.findIndex((group) => group.includes(id));
    for (const from of this.ids) {
      for (const to of this.ids) {
        const together = groupOf(from) >= 0 && groupOf(from) === groupOf(to);
        if (from !== to && !together) this.#links.cut(from, to);
      }
    }
  }

  cut(from: number, to: number): void {
    this.#links.cut(from, to);
  }

  heal(): void {
    this.#links.heal();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.heal();
    for (const id of this.ids) this.resume(id);
    await Promise.all(this.ids.map((id) => this.stop(id)));
    await Promise.all(this.ids.map((id) => this.#links.close(id)));
    await this.#parts.folder?.remove();
  }

  async #start(id: number): Promise<void> {
    const { options, clock } = this.#parts;
    if (this.#closed !== undefined) throw new BrokerError('BROKER_STOPPING', 'the cluster is closed');
    const child = startChildBroker(
      {
        args: ['start', ...this.#settings(id).flatMap((setting) => ['--set', setting])],
        environment: process.env,
        readyTimeoutMs: options.readyTimeoutMs ?? 30_000,
        onLine: (line) => options.onLine?.(id, line),
      },
      clock,
    );
    this.#children.set(id, child);
    // As its own machine does: nobody listens where no process is.
    void child.ended.then(() => (this.#children.get(id) === child ? this.#links.close(id) : undefined));
    await child.ready;
  }

  async #end(id: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#running(id);
    child?.signal(signal);
    await child?.ended;
    await this.#links.close(id);
  }

  #running(id: number): ChildBroker | undefined {
    this.#addresses(id);
    const child = this.#children.get(id);
    return child?.isRunning === true ? child : undefined;
  }

  #addresses(id: number): BrokerAddresses {
    const addresses = this.#parts.addresses.get(id);
    if (addresses === undefined) throw new RangeError(`there is no broker ${id}; allowed: ${this.ids.join(', ')}`);
    return addresses;
  }

  #settings(id: number): readonly string[] {
    const { options, dataDir, clusterId, addresses } = this.#parts;
    const { kafka, peer } = this.#addresses(id);
    const peers = [...addresses.keys()].map((other) => ({
      id: other,
      address: this.#links.address(id, other) ?? peer,
    }));
    return settingsOf(
      {
        defaultReplicationFactor: usualReplicationFactor(addresses.size),
        ...options.config,
        nodeId: id,
        clusterId,
        peers,
        peerListen: peer,
        kafkaListen: kafka,
        adminListen: options.config?.adminListen,
        storage: 'disk',
        dataDir: `${dataDir}/broker-${id}`,
      },
      { ...developerPreset, 'log.format': 'json' },
    );
  }
}
