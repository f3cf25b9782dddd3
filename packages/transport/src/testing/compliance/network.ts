import type { SocketAddress } from '@streambus/runtime';
import type { AnyChannel, Channel } from '../../channel.ts';
import type { ChannelMetrics, PeerMetrics } from '../../metrics.ts';
import type { NodeId, Peer, TransportOptions } from '../../options.ts';
import type { Transport } from '../../transport.ts';
import { check } from './checks.ts';
import type { TransportComplianceContext } from './context.ts';

/** How long a case waits for something that must come. */
const deadlineMs = 10_000;

/** How often it looks at what nobody tells of: numbers. */
const lookEveryMs = 10;

/** What a case says of a node beyond {@link ComplianceNetwork}'s defaults. */
export type NodeOptions = Partial<TransportOptions> & Pick<TransportOptions, 'nodeId' | 'channels'>;

/** A transport, and all that was heard from it. */
export class ComplianceNode {
  readonly transport: Transport;
  /** What its listener heard, such as `up 2`, `down 2 stopped`, `gone 2`, `unreachable 2`, `room 2 text`. */
  readonly events: string[] = [];
  /** What arrived, on all channels. */
  readonly received: { readonly from: NodeId; readonly channel: string; readonly message: unknown }[] = [];
  readonly #onChange: () => void;

  constructor(transport: Transport, channels: readonly AnyChannel[], onChange: () => void) {
    this.transport = transport;
    this.#onChange = onChange;
    for (const channel of channels) this.receives(channel);
    transport.subscribe({
      onPeerUp: ({ id }) => this.#hear(`up ${id}`),
      onPeerDown: (id, reason) => this.#hear(`down ${id} ${reason}`),
      onPeerGone: (id) => this.#hear(`gone ${id}`),
      onUnreachable: (id) => this.#hear(`unreachable ${id}`),
      onRoom: (id, channel) => this.#hear(`room ${id} ${channel}`),
    });
  }

  get id(): NodeId {
    return this.transport.nodeId;
  }

  /** For the peers of another node; the node has to be started. */
  get asPeer(): Peer {
    const { address } = this.transport;
    check(address !== undefined, `node ${this.id} listens, so it has an address when it has started`);
    return { id: this.id, address };
  }

  receives(channel: AnyChannel): void {
    this.transport.receive(channel, (from, message) => {
      this.received.push({ from, channel: channel.name, message });
      this.#onChange();
    });
  }

  /** How often it heard something that begins so. */
  heard(beginning: string): number {
    return this.events.filter((event) => event === beginning || event.startsWith(`${beginning} `)).length;
  }

  /** The messages that arrived on a channel, in their order. */
  messages<Message>(channel: Channel<Message>, from?: NodeId): Message[] {
    return this.received
      .filter((one) => one.channel === channel.name && (from === undefined || one.from === from))
      .map((one) => one.message as Message);
  }

  peerMetrics(id: NodeId): PeerMetrics {
    const metrics = this.transport.metrics().peers.find((peer) => peer.id === id);
    check(metrics !== undefined, `the metrics of node ${this.id} name its peer ${id}`);
    return metrics;
  }

  channelMetrics(id: NodeId, channel: AnyChannel): ChannelMetrics {
    const metrics = this.peerMetrics(id).channels[channel.name];
    check(metrics !== undefined, `the metrics of peer ${id} at node ${this.id} name the channel '${channel.name}'`);
    return metrics;
  }

  #hear(event: string): void {
    this.events.push(event);
    this.#onChange();
  }
}

/** The nodes of a case, and how it waits for them. */
export class ComplianceNetwork {
  readonly context: TransportComplianceContext;
  readonly #nodes: ComplianceNode[] = [];
  readonly #wakers = new Set<() => void>();

  constructor(context: TransportComplianceContext) {
    this.context = context;
  }

  /** Where nobody listens. */
  get nowhere(): SocketAddress {
    return { host: this.context.listen.host, port: 1 };
  }

  /** Makes a node, which receives all its channels but those of `silent`. It is not started. */
  node(options: NodeOptions, silent: readonly AnyChannel[] = []): ComplianceNode {
    const transport = this.context.createTransport({
      clusterId: 'compliance',
      listen: this.context.listen,
      minBackoffMs: 20,
      maxBackoffMs: 200,
      ...options,
    });
    const received = options.channels.filter((channel) => !silent.includes(channel));
    const node = new ComplianceNode(transport, received, () => this.#wake());
    this.#nodes.push(node);
    return node;
  }

  /** Makes nodes with these ids and channels, started and connected, each with each. */
  async connected(ids: readonly NodeId[], channels: readonly AnyChannel[]): Promise<ComplianceNode[]> {
    const nodes = ids.map((nodeId) => this.node({ nodeId, channels }));
    await this.connect(nodes);
    return nodes;
  }

  /** Two of them. */
  async pair(
    channels: readonly AnyChannel[],
    options: Partial<TransportOptions> = {},
  ): Promise<[ComplianceNode, ComplianceNode]> {
    const low = this.node({ nodeId: 1, channels, ...options });
    const high = this.node({ nodeId: 2, channels, ...options });
    await this.connect([low, high]);
    return [low, high];
  }

  /** Starts nodes, makes them each other's peers, and waits until all are connected. */
  async connect(nodes: readonly ComplianceNode[]): Promise<void> {
    for (const { transport } of nodes) await transport.start();
    for (const { transport } of nodes) transport.setPeers(nodes.map(({ asPeer }) => asPeer));
    await this.untilUp(nodes);
  }

  async untilUp(nodes: readonly ComplianceNode[]): Promise<void> {
    await this.until(`the nodes ${nodes.map(({ id }) => id).join(', ')} are connected, each with each`, () =>
      nodes.every(({ transport }) => transport.connectedPeers().length === nodes.length - 1),
    );
  }

  async untilHeard(node: ComplianceNode, event: string, times = 1): Promise<void> {
    await this.until(`node ${node.id} hears '${event}' (${times})`, () => node.heard(event) >= times);
  }

  /** Waits for the so-manieth message of a channel. */
  async untilReceived(node: ComplianceNode, channel: AnyChannel, count: number, from?: NodeId): Promise<void> {
    await this.until(`node ${node.id} receives ${count} messages on '${channel.name}'`, () => {
      return node.messages(channel, from).length >= count;
    });
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const { clock } = this.context;
    const endMs = clock.monotonicMs() + deadlineMs;
    while (!condition()) {
      check(clock.monotonicMs() < endMs, `after ${deadlineMs} ms it is not so that ${what}; ${this.#whatHappened()}`);
      await this.#untilSomethingHappens();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(({ transport }) => transport.stop()));
  }

  #untilSomethingHappens(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = this.context.clock.setTimer(lookEveryMs, wake);
      this.#wakers.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  #whatHappened(): string {
    return this.#nodes
      .map(({ id, events, received }) => `node ${id} heard [${events.join(', ')}] and received ${received.length}`)
      .join('; ');
  }
}
