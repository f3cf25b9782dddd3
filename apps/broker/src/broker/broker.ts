import { createGroupCoordinator, createProducerIdAllocator, type GroupCoordinator } from '@streambus/coordinator';
import { createCompression } from '@streambus/kafka';
import { createLogResources } from '@streambus/log';
import type { MetadataStore } from '@streambus/metadata';
import type { RaftNode } from '@streambus/raft-node';
import { createFollowerServer } from '@streambus/replication';
import { assert, defer, type SocketAddress } from '@streambus/runtime';
import { createBrokerMetrics, type MetricsSources, type ReadinessCheck, startAdminServer } from '../admin/index.ts';
import { BrokerSession } from '../cluster/broker-session.ts';
import { Controller } from '../cluster/controller.ts';
import { serveFollowers } from '../cluster/leader-link.ts';
import { PeerRequests } from '../cluster/peer-requests.ts';
import type { BrokerPorts } from '../cluster/ports.ts';
import { clusterIdOf, type Quorum, startQuorum } from '../cluster/quorum.ts';
import { createReplication, servedPartitions } from '../cluster/replication.ts';
import { type BrokerConfig, formatSocketAddress } from '../config/index.ts';
import { type BrokerServices, createHandlers, kafkaListener } from '../handlers/index.ts';
import { KafkaServer } from '../server/kafka-server.ts';
import { RequestRouter } from '../server/request-router.ts';
import { version } from '../version.ts';
import { createBrokerConfigs } from './broker-configs.ts';
import { Closers } from './closers.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { BrokerError } from './errors.ts';
import { startHousekeeping, startReplicaChecks } from './housekeeping.ts';
import { offsetsTopicName } from './internal-topics.ts';
import { limits } from './limits.ts';
import { createMetricsSources } from './metrics-sources.ts';
import { createOffsetsLog } from './offsets-log.ts';
import { createOffsetsTopic } from './offsets-topic.ts';
import { PartitionManager } from './partition-manager.ts';
import { createTopicConfigs, type TopicConfigs } from './topic-configs.ts';
import { createTopicMeters } from './topic-meters.ts';
import { createTopics } from './topics.ts';

/** A broker that clients can produce to. */
export interface RunningBroker extends AsyncDisposable {
  /** What Kafka clients are given as bootstrap server: host and port. */
  readonly bootstrap: string;
  readonly kafkaAddress: SocketAddress;
  /** Undefined when there is no admin listener. */
  readonly adminAddress: SocketAddress | undefined;
  /** Undefined when everything is in memory. */
  readonly dataDir: string | undefined;
  /** Resolves only if the broker cannot go on, with why; it is then to be closed. */
  readonly failed: Promise<Error>;
  /** Answers what it has read, makes what it has taken durable, and gives everything back. Harmless twice. */
  close(): Promise<void>;
}

/** Producer ids that are fetched from the metadata at once. */
const producerIdBlockLength = 1000;

/** Open segment files over all partitions; the rest of the process's descriptors is for connections. */
const maxOpenFiles = 2048;

/** The composition of one broker: what it is made of, and the order in which that starts and stops. */
export class Broker implements RunningBroker {
  readonly #config: BrokerConfig;
  readonly #ports: BrokerPorts;
  readonly #closers = new Closers();
  readonly #stopping = new AbortController();
  readonly #failed = defer<Error>();
  readonly #metrics = createBrokerMetrics();
  readonly #server: KafkaServer;
  readonly #peers: PeerRequests;
  #sources: MetricsSources | undefined;
  #readiness: () => readonly ReadinessCheck[] = () => [
    { name: 'start', ready: false, detail: 'the broker is starting' },
  ];
  #kafkaAddress: SocketAddress | undefined;
  #adminAddress: SocketAddress | undefined;
  #closed: Promise<void> | undefined;

  constructor(config: BrokerConfig, ports: BrokerPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#peers = new PeerRequests(ports.logger);
    this.#server = new KafkaServer(
      {
        maxFrameBytes: config.socketRequestMaxBytes,
        maxInflightRequests: config.connectionMaxInflightRequests,
        advertised: config.kafkaAdvertise,
        maxConnections: config.maxConnections,
        maxConnectionsPerIp: config.maxConnectionsPerIp,
        maxIdleMs: config.connectionsMaxIdleMs,
        maxInflightBytes: config.memoryMaxInflightBytes,
        maxBufferedBytes: config.memoryMaxBufferedBytes,
      },
      {
        network: ports.network,
        clock: ports.clock,
        logger: ports.logger,
        metrics: this.#metrics,
        onFatal: (error) => this.#fail(error),
      },
    );
  }

  get bootstrap(): string {
    return formatSocketAddress(this.#config.kafkaAdvertise ?? this.kafkaAddress);
  }

  get kafkaAddress(): SocketAddress {
    assert(this.#kafkaAddress !== undefined, 'the broker has been started');
    return this.#kafkaAddress;
  }

  get adminAddress(): SocketAddress | undefined {
    return this.#adminAddress;
  }

  get dataDir(): string | undefined {
    return this.#config.storage === 'memory' ? undefined : this.#config.dataDir;
  }

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  async start(): Promise<void> {
    const { disk, random } = this.#ports;
    const { dataDir, nodeId, clusterId, peers } = this.#config;
    const wanted = { nodeId, clusterId: clusterId ?? (peers && clusterIdOf(peers)) };
    const folder = await openDataFolder(dataDir, wanted, { disk, random });
    this.#closers.add(() => folder.release());
    const openAdmin = await this.#bind();
    const quorum = await this.#startQuorum(folder);
    const session = await this.#register(folder, quorum.store);
    const services = await this.#startServices(folder, quorum.store, session);
    this.#serveFollowers(services);
    this.#startController(quorum);
    this.#watch(quorum.node, services);
    const handlers = createHandlers(services);
    this.#server.open(new RequestRouter(handlers, (api) => this.#metrics.request(api)));
    openAdmin();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#readiness = () => [{ name: 'stop', ready: false, detail: 'the broker is stopping' }];
    this.#stopping.abort();
    await this.#closers.close();
  }

  #fail(error: Error): void {
    this.#ports.logger.error({ err: error }, 'the broker must not go on');
    this.#failed.resolve(error);
  }

  /** Takes the ports first: a start that cannot have them should say so before it touches anything else. */
  async #bind(): Promise<() => void> {
    const { clock, logger, network } = this.#ports;
    // The client that closes last is cut a little before the whole stop must be over.
    this.#closers.add(() => this.#server.close(this.#config.shutdownTimeoutMs / 2));
    this.#kafkaAddress = await this.#server.bind(this.#config.kafkaListen);
    const { adminListen } = this.#config;
    if (adminListen === undefined) return () => {};
    const admin = await startAdminServer(
      { listen: adminListen, version },
      {
        clock,
        logger,
        network,
        metrics: this.#metrics,
        sources: () => this.#sources,
        readiness: () => this.#readiness(),
      },
    );
    this.#closers.add(() => admin.close());
    this.#adminAddress = admin.address;
    return () => admin.open();
  }

  #startQuorum(folder: DataFolder): Promise<Quorum> {
    const options = {
      config: this.#config,
      folder,
      peers: this.#peers,
      observer: { onAppend: (durationMs: number) => this.#metrics.syncDurationMs.observe(durationMs) },
      signal: this.#stopping.signal,
      onFailed: (error: Error) => this.#fail(error),
    };
    return startQuorum(options, this.#ports, this.#closers);
  }

  async #register(folder: DataFolder, store: MetadataStore): Promise<BrokerSession> {
    const { host, port } = this.#config.kafkaAdvertise ?? this.kafkaAddress;
    const session = new BrokerSession(
      {
        brokerId: this.#config.nodeId,
        endpoints: [{ listener: kafkaListener, host, port }],
        onReplaced: (error) => this.#fail(error),
      },
      { ...this.#ports, store, folder },
    );
    this.#closers.add(() => session.stop());
    await session.register();
    return session;
  }

  #serveFollowers({ store, partitions }: BrokerServices): void {
    const server = createFollowerServer({}, { clock: this.#ports.clock, find: servedPartitions(store, partitions) });
    this.#closers.add(() => server.close());
    const forget = store.subscribe((delta, { brokers }) => {
      for (const id of delta.brokersChanged) if (brokers.get(id)?.status === 'fenced') server.forget(id);
    });
    this.#closers.add(forget);
    this.#peers.serve(serveFollowers(server));
  }

  #startController({ node, store, transport }: Quorum): void {
    if (transport === undefined) return;
    const { clock, logger } = this.#ports;
    const { nodeId, brokerSessionTimeoutMs: sessionTimeoutMs } = this.#config;
    const controller = new Controller({ nodeId, sessionTimeoutMs }, { node, store, transport, clock, logger });
    this.#closers.add(() => controller.stop());
    controller.start();
  }

  async #startServices(folder: DataFolder, store: MetadataStore, session: BrokerSession): Promise<BrokerServices> {
    const config = this.#config;
    const { clock, random, logger } = this.#ports;
    const brokerConfigs = createBrokerConfigs(config);
    const topicConfigs = createTopicConfigs(config, brokerConfigs.topicDefaults);
    const meters = createTopicMeters(this.#metrics);
    const partitions = await this.#startPartitions(folder, store, topicConfigs);
    await session.begin();
    const coordinator = this.#startCoordinator(store, partitions);
    const topics = createTopics({
      config,
      store,
      partitions,
      random,
      onDeleted: (name) => {
        meters.forget(name);
        void coordinator.forgetTopics([name]);
      },
    });
    const producerIds = createProducerIdAllocator({
      clock,
      logger,
      blockSource: { allocateBlock: () => this.#allocateProducerIds(store, session) },
    });
    this.#closers.add(() => producerIds.close());
    const offsetsTopic = createOffsetsTopic({ config, store, topics, partitions, coordinator, clock, logger });
    this.#closers.add(() => offsetsTopic.stop());
    await offsetsTopic.loadExisting();
    const stopLooking = startReplicaChecks({ lagTimeMaxMs: config.replicaLagTimeMaxMs }, { clock, partitions });
    this.#closers.add(stopLooking);
    const stopHousekeeping = startHousekeeping(
      { intervalMs: config.logRetentionCheckIntervalMs },
      { clock, logger, partitions },
    );
    this.#closers.add(stopHousekeeping);
    // Requests are answered while everything that they need is still there, and clients find the new leaders before that ends.
    this.#closers.add(() => this.#server.close(config.shutdownTimeoutMs / 2));
    this.#closers.add(() => session.drain(config.shutdownTimeoutMs / 4));
    return {
      config,
      clusterId: folder.identity.clusterId,
      clock,
      logger,
      store,
      topics,
      topicConfigs,
      brokerConfigs,
      partitions,
      coordinator,
      offsetsTopic,
      producerIds,
      meters,
      stopping: this.#stopping.signal,
      dataDir: { path: config.dataDir, freeBytes: () => folder.freeBytes() },
    };
  }

  async #startPartitions(
    folder: DataFolder,
    store: MetadataStore,
    topicConfigs: TopicConfigs,
  ): Promise<PartitionManager> {
    const { disk, clock, logger } = this.#ports;
    const { nodeId } = this.#config;
    const replication = createReplication({ brokerId: nodeId, store, peers: this.#peers, clock, logger });
    const partitions = new PartitionManager(
      {
        nodeId,
        lagTimeMaxMs: this.#config.replicaLagTimeMaxMs,
        folder: folder.topicsFolder,
        orphanFolder: folder.orphanFolder,
        settingsOf: (state, topic) => topicConfigs.settingsOf(state, topic),
      },
      {
        disk,
        clock,
        logger,
        compression: createCompression(),
        resources: createLogResources({ disk }, { maxOpenFiles, maxTailCacheBytes: this.#config.tailCacheBytes }),
        brokers: replication.brokers,
        followers: replication.followers,
        observer: {
          ...replication.observer,
          onSync: (durationMs) => this.#metrics.syncDurationMs.observe(durationMs),
        },
      },
    );
    this.#closers.add(() => partitions.close());
    this.#closers.add(() => replication.stop());
    await partitions.setOrphansAside(store.state);
    this.#closers.add(store.subscribe((delta, state) => partitions.follow(delta, state)));
    await partitions.allSettled();
    return partitions;
  }

  #startCoordinator(store: MetadataStore, partitions: PartitionManager): GroupCoordinator {
    const config = this.#config;
    const { clock, random, logger } = this.#ports;
    const ending = new AbortController();
    const coordinator = createGroupCoordinator(
      {
        // Where a group is follows from the count, so what the topic was created with goes before what is configured now.
        partitionCount: store.state.topics.get(offsetsTopicName)?.partitions.length ?? config.offsetsTopicNumPartitions,
        maxPendingCallsPerPartition: limits.maxPendingCallsPerPartition,
        initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
        minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
        maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
        maxMembersPerGroup: config.groupMaxSize,
        maxOffsetMetadataBytes: config.offsetMetadataMaxBytes,
        offsetsRetentionMs: config.offsetsRetentionMinutes * 60_000,
      },
      { clock, random, logger, offsetsLog: createOffsetsLog(partitions, clock, ending.signal) },
    );
    this.#closers.add(() => {
      ending.abort(new BrokerError('BROKER_STOPPING', 'the broker is stopping'));
      return coordinator.close();
    });
    return coordinator;
  }

  async #allocateProducerIds(
    store: MetadataStore,
    { incarnation }: BrokerSession,
  ): Promise<{ firstProducerId: number; length: number }> {
    const { firstProducerId, count } = await store.allocateProducerIds({
      brokerId: this.#config.nodeId,
      incarnation,
      count: producerIdBlockLength,
    });
    return { firstProducerId, length: count };
  }

  #watch(node: RaftNode, services: BrokerServices): void {
    const { partitions } = services;
    this.#sources = createMetricsSources({ node, services, server: this.#server, config: this.#config });
    this.#readiness = () => {
      const { phase, leader } = node.status();
      const offline = namesOf(partitions.offline());
      const impaired = namesOf(partitions.impaired());
      return [
        {
          name: 'metadata quorum',
          ready: leader !== 0,
          detail: leader === 0 ? 'no leader is known' : `led by ${leader}`,
        },
        { name: 'metadata storage', ready: phase === 'running', detail: phase },
        {
          name: 'partitions',
          ready: offline.length === 0,
          detail: offline.length === 0 ? 'all open' : `offline, see the log: ${offline.slice(0, 10).join(', ')}`,
        },
        {
          name: 'partition storage',
          ready: impaired.length === 0,
          detail: impaired.length === 0 ? 'no failures' : `failing, see the log: ${impaired.slice(0, 10).join(', ')}`,
        },
      ];
    };
  }
}

function namesOf(partitions: Iterable<{ readonly topic: string; readonly partition: number }>): string[] {
  return Array.from(partitions, ({ topic, partition }) => `${topic}-${partition}`);
}
