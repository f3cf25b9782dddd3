import { assert, type Connection, type ConnectionHandlers, NetworkError, type SocketAddress } from '@streambus/runtime';
import type { ScheduledEvent } from '../world/event-queue.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { Machine, SimulatedNetwork } from './simulated-network.ts';

/** Both ends of a connection, seen from one. */
export interface SocketAddresses {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
}

/** A packet that has left and is not there yet. */
interface Travelling {
  readonly packet: Packet;
  readonly arrival: ScheduledEvent;
}

type Packet =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'fin' }
  | { readonly type: 'rst' };

const highWaterMarkBytes = 65_536;
const maxReadBytes = 65_536;
const headerBytes = 52;

/**
 * One end of a connection, as the system and its owner have it: what is written goes out in packets that arrive in their order, as far as
 * the other side's buffer takes them; packets that find the way cut wait, and are sent again after it is open.
 */
export class Socket implements Connection {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly remoteMachine: Machine;
  /** Its owner. */
  process: SimulatedProcess | undefined;
  readonly #network: SimulatedNetwork;
  readonly #machine: Machine;
  #peer: Socket | undefined;
  #handlers: ConnectionHandlers | undefined;
  #paused = false;
  /** Written here, and not on its way. */
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #wantsDrain = false;
  /** On its way, or not read by the other side yet. */
  #transitBytes = 0;
  /** Packets that found the way cut, in their order. */
  #unsent: Packet[] = [];
  #lastArrivalUs = 0;
  /** On their way, in their order. */
  #travelling: Travelling[] = [];
  /** Arrived here, not read. */
  #received: Uint8Array[] = [];
  #finSent = false;
  /** This end is to send no more. */
  #ended = false;
  #finReceived = false;
  #endTold = false;
  #closed = false;
  #error: NetworkError | undefined;
  /** What was sent to an end that is gone was not answered, because its machine was without power. */
  #unanswered = false;

  constructor(network: SimulatedNetwork, machine: Machine, remote: Machine, addresses: SocketAddresses) {
    this.#network = network;
    this.#machine = machine;
    this.remoteMachine = remote;
    this.localAddress = addresses.localAddress;
    this.remoteAddress = addresses.remoteAddress;
    machine.sockets.add(this);
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get peer(): Socket | undefined {
    return this.#peer;
  }

  join(peer: Socket): void {
    this.#peer = peer;
  }

  start(handlers: ConnectionHandlers): void {
    assert(this.#handlers === undefined, 'a connection is started once');
    this.#handlers = handlers;
    if (this.#closed) this.#tellClosed();
    else this.#readSoon();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ended || this.#closed) return false;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
    }
    this.#pump();
    this.#wantsDrain ||= this.#queuedBytes >= highWaterMarkBytes;
    return !this.#wantsDrain;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#readSoon();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pump();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#sendClose();
    this.#close(undefined);
  }

  /** Something on the way has ended it. */
  reset(): void {
    this.#close(
      new NetworkError('NETWORK_RESET', `the connection with ${this.remoteAddress.host} was reset`, {
        outcome: 'unknown',
        retriable: true,
      }),
    );
  }

  /** Its process has ended, and with it the machine's power or not. */
  abandon(powerLost: boolean): void {
    if (this.#closed) return;
    if (!powerLost) this.#sendClose();
    this.#close(undefined);
  }

  /** The way may be open again. @returns false: no process is woken by it */
  sendAgain(): boolean {
    if (this.#closed) return false;
    if (this.#unanswered && this.remoteMachine.up && !this.#wayBack().cut) this.reset();
    if (this.#isCut()) return false;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const packet of unsent) this.#transmit(packet);
    this.#pump();
    return false;
  }

  /** What is on a way that was slow arrives as on one that is not. */
  hurry(): void {
    const travelling = this.#travelling;
    this.#travelling = [];
    this.#lastArrivalUs = 0;
    for (const { packet, arrival } of travelling) {
      arrival.cancelled = true;
      this.#depart(packet);
    }
  }

  /** Puts on its way what was written, as far as the other side's buffer takes it. */
  #pump(): void {
    if (this.#closed) return;
    const room = this.#network.traits.transitBytes - this.#transitBytes;
    if (this.#queuedBytes > 0 && room > 0) {
      const bytes = this.#takeQueued(Math.min(room, this.#queuedBytes));
      this.#transitBytes += bytes.length;
      this.#transmit({ type: 'data', bytes });
      if (this.#queuedBytes === 0) this.#drained();
    }
    if (this.#ended && this.#queuedBytes === 0 && !this.#finSent) {
      this.#finSent = true;
      this.#transmit({ type: 'fin' });
      this.#closeIfBothEnded();
    }
  }

  /** Copies: from here on the writer may change its chunks, and the reader owns what it gets. */
  #takeQueued(lengthBytes: number): Uint8Array {
    const taken = new Uint8Array(lengthBytes);
    let filled = 0;
    let whole = 0;
    for (const chunk of this.#queue) {
      const part = chunk.length <= lengthBytes - filled ? chunk : chunk.subarray(0, lengthBytes - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) {
        this.#queue[whole] = chunk.subarray(part.length);
        break;
      }
      whole++;
      if (filled === lengthBytes) break;
    }
    if (whole === this.#queue.length) this.#queue = [];
    else this.#queue.splice(0, whole);
    this.#queuedBytes -= lengthBytes;
    return taken;
  }

  #drained(): void {
    if (!this.#wantsDrain) return;
    this.#wantsDrain = false;
    this.process?.wakeAfter(0, 'input', () => {
      if (!this.#closed) this.#handlers?.onDrain?.();
    });
  }

  #transmit(packet: Packet): void {
    if (this.#unsent.length > 0 || this.#isCut()) {
      // What ends a connection at once is not sent again.
      if (packet.type !== 'rst') this.#unsent.push(packet);
      return;
    }
    this.#depart(packet);
  }

  #depart(packet: Packet): void {
    const { world, random } = this.#network;
    const bytes = headerBytes + (packet.type === 'data' ? packet.bytes.length : 0);
    const link = this.#network.link(this.#machine, this.remoteMachine);
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, link.arrivalUs(world.nowUs, bytes, random));
    const arrival = world.at(this.#lastArrivalUs, () => {
      this.#travelling.shift();
      return this.#arrive(packet);
    });
    this.#travelling.push({ packet, arrival });
  }

  /** At the other side. @returns whether a process was woken */
  #arrive(packet: Packet): boolean {
    const peer = this.#peer;
    if (peer === undefined) return false;
    if (peer.#closed) {
      if (this.#closed || packet.type !== 'data') return false;
      // Its machine answers that there is no such connection, if it can.
      if (!this.remoteMachine.up || this.#wayBack().cut) this.#unanswered = true;
      else this.#network.world.after(this.#wayBack().delayUs, () => this.#resetNow());
      return false;
    }
    switch (packet.type) {
      case 'rst':
        peer.reset();
        return false;
      case 'fin':
        peer.#finReceived = true;
        return peer.#read();
      case 'data':
        peer.#received.push(packet.bytes);
        return peer.#read();
    }
  }

  #resetNow(): boolean {
    this.reset();
    return false;
  }

  #readSoon(): void {
    if (this.#received.length > 0 || this.#finReceived) this.process?.wakeAfter(0, 'input', () => this.#deliver());
  }

  /** Something has arrived. @returns whether a process was woken */
  #read(): boolean {
    return this.process?.wake('input', () => this.#deliver()) === true;
  }

  #deliver(): void {
    const handlers = this.#handlers;
    if (handlers === undefined || this.#closed || this.#paused) return;
    if (this.#received.length > 0) {
      const chunk = this.#takeReceived();
      this.#peer?.arrived(chunk.length);
      this.#readSoon();
      handlers.onData(chunk);
    } else if (this.#finReceived && !this.#endTold) {
      this.#endTold = true;
      if (handlers.onEnd === undefined) this.end();
      else handlers.onEnd();
      this.#closeIfBothEnded();
    }
  }

  /** What one read gives: all that is there, up to a limit, and now and then less. */
  #takeReceived(): Uint8Array {
    const { random, traits } = this.#network;
    const received = this.#received;
    const [first] = received;
    assert(first !== undefined, 'there is something to read');
    let chunk = first;
    if (received.length > 1 && first.length < maxReadBytes) {
      chunk = Buffer.concat(received.splice(0));
    } else {
      received.shift();
    }
    if (traits.splitPercent > 0 && chunk.length > 1 && random.below(100) < traits.splitPercent) {
      const length = 1 + random.below(chunk.length - 1);
      received.unshift(chunk.subarray(length));
      chunk = chunk.subarray(0, length);
    }
    return chunk;
  }

  /** The other side has read so much: there is room for more, as soon as this one hears of it. */
  arrived(bytes: number): void {
    this.#transitBytes -= bytes;
    if (this.#queuedBytes === 0) return;
    const back = this.#wayBack();
    if (back.cut) return;
    this.#network.world.after(back.delayUs, () => {
      this.#pump();
      return false;
    });
  }

  #sendClose(): void {
    if (this.#finSent) return;
    this.#finSent = true;
    const rude = this.#received.length > 0 || this.#network.random.below(2) === 0;
    this.#unsent = [];
    this.#transmit({ type: rude ? 'rst' : 'fin' });
  }

  #closeIfBothEnded(): void {
    if (this.#finSent && this.#endTold) this.#close(undefined);
  }

  #close(error: NetworkError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#received = [];
    this.#machine.sockets.delete(this);
    if (this.#handlers !== undefined) this.#tellClosed();
  }

  #tellClosed(): void {
    this.process?.wakeAfter(0, 'input', () => this.#handlers?.onClose(this.#error));
  }

  #isCut(): boolean {
    return this.#network.link(this.#machine, this.remoteMachine).cut;
  }

  #wayBack() {
    return this.#network.link(this.remoteMachine, this.#machine);
  }
}
