import { assert } from '@streambus/runtime';
import type { SeededRandom } from '@streambus/runtime/testing';
import { bytesCodec, type Channel, defineChannel, type NodeId } from '@streambus/transport';
import { addressOf, numbered, numberOf, quickOptions, type SimulatedNode, SimulatedWorld } from './simulated-world.ts';

const channels: readonly Channel<Uint8Array>[] = [
  defineChannel({ name: 'votes', codec: bytesCodec, priority: 'urgent', maxQueuedMessages: 50 }),
  defineChannel({ name: 'work', codec: bytesCodec, maxQueuedMessages: 20, maxQueuedBytes: 400_000 }),
  defineChannel({
    name: 'news',
    codec: bytesCodec,
    maxQueuedMessages: 10,
    whenFull: 'drop-oldest',
    whilePeerIsDown: 'drop',
  }),
  defineChannel({
    name: 'snapshots',
    codec: bytesCodec,
    priority: 'bulk',
    maxQueuedMessages: 8,
    whenFull: 'drop-oldest',
  }),
];

/** Larger than a chunk, and larger than the smaller of the limits that nodes have. */
const sizes = [8, 8, 8, 1000, 3000, 70_000, 150_000];
const messageLimits = [100_000, 10 * 1024 * 1024];

/** So little that messages are cut short by whatever happens. */
const bufferBytes = 20_000;

const zeros = Buffer.alloc(Math.max(...sizes));

/** The longest that two healthy nodes that can reach each other may need to find that they are not connected, and connect. */
const maxHealMs =
  quickOptions.idleTimeoutMs +
  quickOptions.maxBackoffMs +
  quickOptions.connectTimeoutMs +
  quickOptions.handshakeTimeoutMs;

/** One of the nodes, through all its lives. */
interface Member {
  readonly id: NodeId;
  incarnation: number;
  node: SimulatedNode | undefined;
  /** As they are in this life. */
  channels: readonly Channel<Uint8Array>[];
  /** Whom it has as a peer. */
  readonly peers: Set<NodeId>;
  /** Who is up, as its listener was told. */
  readonly up: Set<NodeId>;
  /** What was offered to each peer over each channel, since it is one. */
  readonly offered: Map<string, number>;
}

/**
 * Some nodes that send to each other while cables are pulled, connections reset, processes killed and peers removed: first everything
 * at random, from a seed; then all is healed, and has to work. Each step is followed by a look at what must always hold:
 *
 * 1. A peer goes up and down in turn, and whoever is told to be up is connected.
 * 2. What arrives over a channel from a node is a part of what that node sent, in order, nothing twice, through all lives of both.
 * 3. Of each channel: offered = sent + queued + dropped.
 * 4. Queues are within their bounds.
 * 5. Nobody finds that another breaks the protocol.
 */
export class Swarm {
  /** Everything that anybody could see. */
  readonly trace: string[] = [];
  readonly world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #members: readonly Member[];
  /** By `from>to/channel`, through all lives. */
  readonly #lastSent = new Map<string, number>();
  readonly #lastReceived = new Map<string, number>();
  #violation: string | undefined;

  constructor(seed: number) {
    const ids = [1, 2, 3, 4, 5].slice(0, 3 + (seed % 3));
    this.world = new SimulatedWorld(ids, seed, bufferBytes);
    this.#random = this.world.random.fork();
    this.#members = ids.map((id) => {
      return { id, incarnation: 0, node: undefined, channels, peers: new Set(), up: new Set(), offered: new Map() };
    });
  }

  async run(steps: number): Promise<void> {
    for (const member of this.#members) await this.#begin(member);
    for (let step = 0; step < steps; step++) {
      await this.#doSomething();
      if (step % 3 === 0) this.#check();
    }
    await this.#heal();
    await this.#talk();
    await this.#end();
  }

  async #doSomething(): Promise<void> {
    const member = this.#pick(this.#members);
    const other = this.#pick(this.#members.filter((one) => one !== member));
    const network = this.world.between(member.id, other.id);
    const chance = this.#random.below(100);
    if (chance < 40) this.#sendSome(member, other.id);
    else if (chance < 75) await this.world.clock.advance(this.#pick([0, 1, 1, 5, 20, 60, 150]));
    else if (chance < 80) this.world.stall(network);
    else if (chance < 87) this.world.resume(network);
    else if (chance < 90) network.resetConnections();
    else if (chance < 94) await this.#die(member);
    else if (chance < 95) await this.#stop(member);
    else if (chance < 98) this.#setPeers(member, other.id);
    else for (const dead of this.#members.filter(({ node }) => node === undefined)) await this.#begin(dead);
  }

  async #begin(member: Member): Promise<void> {
    if (member.node !== undefined) return;
    member.incarnation++;
    // In another order, and without some of them.
    member.channels = this.#pick([channels, channels.toReversed(), channels.slice(0, -1), channels.slice(1)]);
    const node = this.world.createNode({
      nodeId: member.id,
      channels: member.channels,
      incarnation: member.incarnation,
      maxMessageBytes: this.#pick(messageLimits),
    });
    this.#forget(member);
    member.node = node;
    for (const other of this.world.others(member.id)) member.peers.add(other);
    node.onTold = (line) => this.#hear(member, line);
    for (const channel of member.channels) {
      node.transport.receive(channel, (from, bytes) => this.#receive(member, from, channel, bytes));
    }
    this.#note(member, 'begins');
    await this.world.clock.until(node.transport.start());
  }

  /** Some are back at once, before anybody has missed them. */
  async #die(member: Member): Promise<void> {
    const { node } = member;
    if (node === undefined) return;
    const losesPower = this.#random.below(2) === 0;
    this.#note(member, losesPower ? 'loses its power' : 'is killed');
    if (losesPower) node.losePower();
    else node.kill();
    this.#forget(member);
    if (this.#random.below(3) > 0) await this.#begin(member);
  }

  async #stop(member: Member): Promise<void> {
    const { node } = member;
    if (node === undefined) return;
    this.#note(member, 'stops');
    await this.world.clock.until(node.transport.stop(), { limitMs: 1000 });
    assert(member.up.size === 0, () => `node ${member.id} has stopped, and ${[...member.up]} are up`);
    this.#forget(member);
  }

  #forget(member: Member): void {
    member.node = undefined;
    member.peers.clear();
    member.up.clear();
    member.offered.clear();
  }

  #setPeers(member: Member, other: NodeId): void {
    if (member.node === undefined) return;
    const isPeer = member.peers.has(other);
    this.#note(member, `${isPeer ? 'removes' : 'adds'} ${other}`);
    if (isPeer) member.peers.delete(other);
    else member.peers.add(other);
    this.#applyPeers(member);
    for (const key of member.offered.keys()) if (key.startsWith(`${other}/`)) member.offered.delete(key);
  }

  #applyPeers({ node, peers }: Member): void {
    node?.transport.setPeers([...peers].map((id) => ({ id, address: addressOf(id) })));
  }

  #sendSome(member: Member, to: NodeId): void {
    const channel = this.#pick(member.channels);
    const bytes = this.#pick(sizes);
    const count = 1 + this.#random.below(bytes > 10_000 ? 5 : 30);
    for (let time = 0; time < count; time++) this.#send(member, to, channel, bytes);
  }

  #send({ id, node, peers, offered }: Member, to: NodeId, channel: Channel<Uint8Array>, bytes: number): string {
    if (node === undefined) return 'dead';
    const stream = `${id}>${to}/${channel.name}`;
    const number = (this.#lastSent.get(stream) ?? 0) + 1;
    this.#lastSent.set(stream, number);
    const key = `${to}/${channel.name}`;
    if (peers.has(to)) offered.set(key, (offered.get(key) ?? 0) + 1);
    const result = node.transport.send(to, channel, numbered(number, bytes));
    assert((result === 'unknown-peer') === !peers.has(to), () => `node ${id} sends to ${to}: ${result}`);
    return result;
  }

  #receive(member: Member, from: NodeId, channel: Channel<Uint8Array>, bytes: Uint8Array): void {
    if (member.node?.alive !== true) return;
    const stream = `${from}>${member.id}/${channel.name}`;
    const number = numberOf(bytes);
    const last = this.#lastReceived.get(stream) ?? 0;
    this.#hold(number > last, () => `${stream} brings ${number} after ${last}`);
    this.#hold(number <= (this.#lastSent.get(stream) ?? 0), () => `${stream} brings ${number}, which nobody sent`);
    const isWhole = zeros.compare(bytes, 8, bytes.length, 0, bytes.length - 8) === 0;
    this.#hold(isWhole, () => `${stream} brings other bytes than were sent`);
    this.#hold(member.up.has(from), () => `${stream} brings something while ${from} is not up`);
    this.#lastReceived.set(stream, number);
    this.#note(member, `receives ${stream} ${number}`);
    // Some are answered from where they arrive.
    if (number % 16 === 0) this.#send(member, from, channel, 8);
  }

  #hear(member: Member, line: string): void {
    this.#note(member, line);
    const [what, peer] = line.split(' ');
    const id = Number(peer);
    if (what === 'up') {
      this.#hold(!member.up.has(id), () => `node ${member.id}: ${id} is up twice`);
      member.up.add(id);
      this.#send(member, id, this.#pick(member.channels), 8);
    }
    this.#hold(!line.endsWith('protocol'), () => `node ${member.id} is told: ${line}`);
    if (what === 'down') this.#hold(member.up.delete(id), () => `node ${member.id}: ${id} is down without being up`);
    if (what === 'gone') this.#hold(!member.up.has(id), () => `node ${member.id}: ${id} is gone and up`);
  }

  /** Notes what must not be: whoever calls back here is not to be blamed, nor stopped in what it does. */
  #hold(condition: boolean, message: () => string): void {
    if (!condition) this.#violation ??= message();
  }

  #check(): void {
    assert(this.#violation === undefined, () => `${this.#violation}`);
    for (const { id, node, up, offered } of this.#members) {
      if (node === undefined) continue;
      const connected = node.transport.connectedPeers().map((peer) => peer.id);
      const told = [...up].sort((one, other) => one - other);
      assert(`${connected}` === `${told}`, () => `node ${id} is connected with ${connected}, and told of ${told}`);
      const { peers, refusedHandshakes } = node.transport.metrics();
      for (const reason of ['malformed', 'version', 'wrong-cluster', 'wrong-node', 'self'] as const) {
        assert(refusedHandshakes[reason] === 0, () => `node ${id} refuses a handshake: ${reason}`);
      }
      for (const peer of peers) {
        for (const [name, metrics] of Object.entries(peer.channels)) {
          const { sentMessages, queuedMessages, queuedBytes, sendDrops } = metrics;
          const drops = Object.values(sendDrops).reduce((sum, count) => sum + count, 0);
          const found = sentMessages + queuedMessages + drops;
          const expected = offered.get(`${peer.id}/${name}`) ?? 0;
          assert(
            found === expected,
            () => `${id}>${peer.id}/${name}: ${expected} were offered, ${found} are accounted for`,
          );
          const channel = channels.find((one) => one.name === name);
          assert(channel !== undefined && queuedMessages <= channel.maxQueuedMessages, 'a queue is too long');
          assert(queuedMessages <= 1 || queuedBytes <= channel.maxQueuedBytes, 'a queue has too many bytes');
        }
      }
    }
  }

  async #heal(): Promise<void> {
    this.trace.push('all is healed');
    for (const member of this.#members) {
      await this.#begin(member);
      for (const other of this.world.others(member.id)) {
        if (member.peers.has(other)) continue;
        member.peers.add(other);
        this.#applyPeers(member);
      }
    }
    this.world.heal();
    await this.world.clock.advance(maxHealMs);
    this.#check();
    for (const { id, up } of this.#members) {
      const missing = this.world.others(id).filter((other) => !up.has(other));
      assert(missing.length === 0, () => `node ${id} is not connected with ${missing} after ${maxHealMs} ms`);
    }
  }

  /** Every queue is empty by now, and what is sent arrives. */
  async #talk(): Promise<void> {
    const streams: string[] = [];
    for (const member of this.#members) {
      for (const to of this.world.others(member.id)) {
        for (const channel of this.#shared(member, to)) {
          const queued = member.node?.peer(to).channels[channel.name]?.queuedMessages;
          assert(queued === 0, () => `${member.id}>${to}/${channel.name} still has ${queued} messages`);
          assert(this.#send(member, to, channel, 100) === 'queued', 'a healthy node drops a message');
          streams.push(`${member.id}>${to}/${channel.name}`);
        }
      }
    }
    await this.world.clock.advance(50);
    await this.#stream(this.#pick(this.#members), this.#pick(this.#members));
    this.#check();
    const late = streams.filter((stream) => this.#lastReceived.get(stream) !== this.#lastSent.get(stream));
    assert(late.length === 0, () => `messages are missing of ${late}`);
  }

  /** More than may be under way at first. */
  async #stream(member: Member, to: Member): Promise<void> {
    const [channel] = this.#shared(member, to.id);
    if (member === to || channel === undefined) return;
    for (let count = 0; count < 20; count++) {
      assert(this.#send(member, to.id, channel, 90_000) === 'queued', 'a healthy node drops a message of many');
      await this.world.clock.advance(1);
    }
  }

  /** The channels that both have. */
  #shared(member: Member, to: NodeId): readonly Channel<Uint8Array>[] {
    const other = this.#members.find(({ id }) => id === to);
    return member.channels.filter((channel) => other?.channels.includes(channel));
  }

  async #end(): Promise<void> {
    const stops = this.#members.map(({ node }) => node?.transport.stop());
    await this.world.clock.until(Promise.all(stops), { limitMs: 1000 });
    this.#check();
    const { openEnds, clock } = this.world;
    assert(
      openEnds === 0 && clock.pendingTimers === 0,
      () => `${openEnds} ends and ${clock.pendingTimers} timers are left`,
    );
  }

  #note({ id, incarnation }: Member, what: string): void {
    this.trace.push(`${this.world.clock.monotonicMs()} ${id}.${incarnation} ${what}`);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.below(items.length)] as Item;
  }
}
