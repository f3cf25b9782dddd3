import { type Clock, type Logger, type Random, type SocketAddress, silentLogger, type Timer } from '@streambus/runtime';
import { createSeededRandom } from '@streambus/runtime/testing';
import { TransportError } from '../errors.ts';
import type { NodeId, Peer, TransportOptions } from '../options.ts';
import type { ConnectFailure } from '../reasons.ts';
import type { Transport } from '../transport.ts';
import { LinkEnd, type LinkWire } from './memory-link.ts';
import { MemoryTransport, type MemoryTransportWorld } from './memory-transport.ts';

/** How to make a {@link MemoryTransportHub}. */
export interface MemoryTransportHubOptions {
  /** Messages arrive in turns of it, and time-outs pass by it. */
  readonly clock: Clock;
  /** For delays and backoff. Default: one seed, the same for every hub. */
  readonly random?: Random;
  /** Default: silent. */
  readonly logger?: Logger;
  /** How long a message takes at least; default 0: it arrives in a later turn of the same moment. */
  readonly minDelayMs?: number;
  /** How long it takes at most, in whole milliseconds chosen at random; none overtakes another. Default: `minDelayMs`. */
  readonly maxDelayMs?: number;
}

/**
 * Transports of memory that reach each other, and faults between them. They keep the contract of {@link Transport} without sockets,
 * frames or pings: messages go through their codecs; a connection dies of silence by the time-outs of its options, and only while a
 * fault keeps one from hearing the other; no round trips are measured; credentials are not looked at; byte counts are of messages
 * alone. With a manual clock and a seeded random, the same calls give the same run.
 */
export interface MemoryTransportHub {
  /** @throws TransportError as the real one */
  createTransport(options: TransportOptions): Transport;
  /** Nothing gets through between two nodes, either way, as when a cable is out. What is under way waits, and is lost if the connection is. */
  cut(one: NodeId, other: NodeId): void;
  /** Nothing gets through from one node to another; the other way it does. */
  cutOneWay(from: NodeId, to: NodeId): void;
  /** Ends {@link cut} and {@link cutOneWay} between two nodes. */
  heal(one: NodeId, other: NodeId): void;
  /** Ends every cut. */
  healAll(): void;
  /** Breaks the connection of two nodes at once, losing what is under way: both hear `reset`, and connect again. */
  disconnect(one: NodeId, other: NodeId): void;
  /** Ends a node as `kill -9` does: it says nothing, and its machine ends its connections and answers that nobody listens. */
  kill(id: NodeId): void;
  /** Stops a node as SIGSTOP does: it is silent, and nothing happens to it until {@link thaw}. */
  freeze(id: NodeId): void;
  thaw(id: NodeId): void;
}

/** Makes a {@link MemoryTransportHub}. */
export function createMemoryTransportHub(options: MemoryTransportHubOptions): MemoryTransportHub {
  return new Hub(options);
}

/** An attempt at a connection. */
interface Attempt {
  readonly from: MemoryTransport;
  readonly peer: Peer;
  readonly onFailure: (failure: ConnectFailure) => void;
  timer: Timer | undefined;
  /** Something is in the way, and this is how the attempt ends if it stays there. */
  waitsFor: ConnectFailure | undefined;
}

const firstPort = 49_152;
const wildcardHosts: readonly string[] = ['0.0.0.0', '::'];
const defaultSeed = 1;

class Hub implements MemoryTransportHub, MemoryTransportWorld, LinkWire {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly #minDelayMs: number;
  readonly #maxDelayMs: number;
  /** In the order in which they started. */
  readonly #running = new Set<MemoryTransport>();
  readonly #cuts = new Set<string>();
  readonly #attempts = new Set<Attempt>();
  #nextPort = firstPort;
  #lastIncarnation = 0;

  constructor(options: MemoryTransportHubOptions) {
    this.clock = options.clock;
    this.random = options.random ?? createSeededRandom(defaultSeed);
    this.logger = options.logger ?? silentLogger;
    this.#minDelayMs = options.minDelayMs ?? 0;
    this.#maxDelayMs = Math.max(this.#minDelayMs, options.maxDelayMs ?? 0);
  }

  createTransport(options: TransportOptions): Transport {
    return new MemoryTransport(this, options);
  }

  cut(one: NodeId, other: NodeId): void {
    this.#cuts.add(directed(one, other)).add(directed(other, one));
    this.#refresh();
  }

  cutOneWay(from: NodeId, to: NodeId): void {
    this.#cuts.add(directed(from, to));
    this.#refresh();
  }

  heal(one: NodeId, other: NodeId): void {
    this.#cuts.delete(directed(one, other));
    this.#cuts.delete(directed(other, one));
    this.#refresh();
  }

  healAll(): void {
    this.#cuts.clear();
    this.#refresh();
  }

  disconnect(one: NodeId, other: NodeId): void {
    this.#find(one)?.resetConnection(other);
  }

  kill(id: NodeId): void {
    this.#find(id)?.kill();
  }

  freeze(id: NodeId): void {
    this.#setFrozen(id, true);
  }

  thaw(id: NodeId): void {
    this.#setFrozen(id, false);
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cuts.has(directed(from, to));
  }

  nextDelayMs(): number {
    if (this.#maxDelayMs === this.#minDelayMs) return this.#minDelayMs;
    return this.#minDelayMs + this.random.below(this.#maxDelayMs - this.#minDelayMs + 1);
  }

  nextIncarnation(): number {
    this.#lastIncarnation = Math.max(this.#lastIncarnation + 1, this.clock.wallTimeMs());
    return this.#lastIncarnation;
  }

  join(node: MemoryTransport, listen: SocketAddress | undefined): SocketAddress | undefined {
    const address = listen === undefined ? undefined : this.#bind(listen);
    this.#running.add(node);
    return address;
  }

  leave(node: MemoryTransport): void {
    this.#running.delete(node);
  }

  dial(from: MemoryTransport, peer: Peer, onFailure: (failure: ConnectFailure) => void): () => void {
    const attempt: Attempt = { from, peer, onFailure, timer: undefined, waitsFor: undefined };
    this.#attempts.add(attempt);
    const delayMs = this.nextDelayMs() + this.nextDelayMs();
    if (delayMs === 0) this.clock.nextTurn(() => this.#try(attempt));
    else attempt.timer = this.clock.setTimer(delayMs, () => this.#try(attempt));
    return () => this.#end(attempt);
  }

  #try(attempt: Attempt): void {
    if (!this.#attempts.has(attempt)) return;
    const { from, peer } = attempt;
    const target = this.#listenerAt(peer.address);
    const targetId = target?.nodeId ?? peer.id;
    if (from.frozen || this.isCut(from.nodeId, targetId) || this.isCut(targetId, from.nodeId)) {
      this.#wait(attempt, 'unreachable', from.options.connectTimeoutMs);
    } else if (target === undefined) {
      this.#fail(attempt, 'refused');
    } else if (target.frozen) {
      this.#wait(attempt, 'timeout', from.options.handshakeTimeoutMs);
    } else {
      this.#shakeHands(attempt, target);
    }
  }

  #shakeHands(attempt: Attempt, target: MemoryTransport): void {
    const { from, peer } = attempt;
    const hello = from.helloTo(peer.id);
    const there = target.accept(hello);
    if (typeof there === 'string') {
      this.#fail(attempt, there);
      return;
    }
    const here = from.peer(peer.id);
    // Whoever was told of a replaced connection may have ended either side.
    if (here === undefined || !this.#attempts.has(attempt)) return;
    const [thereEnd, hereEnd] = LinkEnd.pair(this, there, here);
    there.connect(thereEnd, hello);
    here.connect(hereEnd, target.helloTo(from.nodeId));
    there.announce(thereEnd);
    here.announce(hereEnd);
  }

  /** Nobody answers, until something is no longer in the way. */
  #wait(attempt: Attempt, failure: ConnectFailure, timeoutMs: number): void {
    if (attempt.waitsFor === failure) return;
    attempt.waitsFor = failure;
    attempt.timer?.cancel();
    attempt.timer = this.clock.setTimer(timeoutMs, () => this.#fail(attempt, failure));
  }

  #fail(attempt: Attempt, failure: ConnectFailure): void {
    if (!this.#attempts.has(attempt)) return;
    this.#end(attempt);
    attempt.onFailure(failure);
  }

  #end(attempt: Attempt): void {
    this.#attempts.delete(attempt);
    attempt.timer?.cancel();
  }

  #refresh(): void {
    for (const node of [...this.#running]) node.refresh();
    // A turn later, so that first arrives what was under way when these attempts began.
    for (const attempt of this.#attempts) {
      if (attempt.waitsFor !== undefined) this.clock.nextTurn(() => this.#try(attempt));
    }
  }

  #setFrozen(id: NodeId, frozen: boolean): void {
    const node = this.#find(id);
    if (node === undefined) return;
    node.frozen = frozen;
    this.#refresh();
  }

  /** Of two processes with one id, the one that started last. */
  #find(id: NodeId): MemoryTransport | undefined {
    return [...this.#running].findLast((node) => node.nodeId === id);
  }

  #bind(wanted: SocketAddress): SocketAddress {
    const address = { host: wanted.host, port: wanted.port === 0 ? this.#takePort() : wanted.port };
    if (this.#listenerAt(address) === undefined) return address;
    const message = `${address.host}:${address.port} cannot be bound: another node listens there`;
    throw new TransportError('TRANSPORT_LISTEN', message);
  }

  #takePort(): number {
    const taken = new Set([...this.#running].map(({ address }) => address?.port));
    while (taken.has(this.#nextPort)) this.#nextPort++;
    return this.#nextPort++;
  }

  #listenerAt(wanted: SocketAddress): MemoryTransport | undefined {
    return [...this.#running].find(({ address }) => {
      if (address?.port !== wanted.port) return false;
      return address.host === wanted.host || [address.host, wanted.host].some((host) => wildcardHosts.includes(host));
    });
  }
}

function directed(from: NodeId, to: NodeId): string {
  return `${from}>${to}`;
}
