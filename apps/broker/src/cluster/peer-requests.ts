import { type Deferred, defer, type Logger, toError } from '@streambus/runtime';
import { type AnyChannel, type Channel, type Codec, defineChannel, type Transport } from '@streambus/transport';
import { BrokerError } from '../broker/errors.ts';

/** What passes between two brokers: a request, what gives it up, and what answers it. */
type PeerMessage =
  | { readonly kind: 'request' | 'answer'; readonly id: number; readonly chunks: readonly Uint8Array[] }
  | { readonly kind: 'cancel' | 'failure'; readonly id: number };

const kinds = ['request', 'answer', 'cancel', 'failure'] as const;
const headerBytes = 5;

const codec: Codec<PeerMessage> = {
  encode(message) {
    const chunks = 'chunks' in message ? message.chunks : [];
    const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, headerBytes));
    bytes[0] = kinds.indexOf(message.kind);
    new DataView(bytes.buffer).setUint32(1, message.id);
    let at = headerBytes;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  },
  decode(bytes) {
    const kind = kinds[bytes[0] ?? -1];
    if (kind === undefined || bytes.length < headerBytes) throw new RangeError('no message of one broker to another');
    const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    return kind === 'request' || kind === 'answer' ? { kind, id, chunks: [bytes.subarray(headerBytes)] } : { kind, id };
  },
};

/** How a request of another broker is answered. Given up when the signal is aborted: nobody waits any more. */
export type PeerRequestHandler = (
  from: number,
  request: Uint8Array,
  signal: AbortSignal,
) => Promise<readonly Uint8Array[]>;

/** What a peer asks of this broker, and this one of it, at one time. More of them are refused. */
const maxOpenRequests = 64;

/** Requests and answers between brokers, over the one connection of each pair. What was under way when it was lost fails on both sides. */
export class PeerRequests {
  /** For the transport's options. */
  readonly channel: Channel<PeerMessage> & AnyChannel = defineChannel({
    name: 'broker.requests',
    codec,
    maxQueuedMessages: 2 * maxOpenRequests,
    maxQueuedBytes: 64 * 1024 * 1024,
    whilePeerIsDown: 'drop',
  });
  readonly #logger: Logger;
  /** Asked by this broker. */
  readonly #calls = new Map<number, { readonly to: number; readonly answer: Deferred<Uint8Array> }>();
  /** Asked of this broker, by peer and the peer's number. */
  readonly #served = new Map<number, Map<number, AbortController>>();
  #transport: Pick<Transport, 'send' | 'receive' | 'subscribe'> | undefined;
  #handler: PeerRequestHandler | undefined;
  #unsubscribe: () => void = () => {};
  #lastId = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Best before the transport is started. */
  attach(transport: Pick<Transport, 'send' | 'receive' | 'subscribe'>): void {
    this.#transport = transport;
    transport.receive(this.channel, (from, message) => this.#receive(from, message));
    this.#unsubscribe = transport.subscribe({ onPeerDown: (id) => this.#onDown(id) });
  }

  /** Answers requests from now on. */
  serve(handler: PeerRequestHandler): void {
    this.#handler = handler;
  }

  /** Nothing is asked or answered any more. */
  stop(): void {
    this.#unsubscribe();
    for (const id of new Set([...this.#served.keys(), ...Array.from(this.#calls.values(), ({ to }) => to)])) {
      this.#onDown(id);
    }
    this.#handler = undefined;
    this.#transport = undefined;
  }

  /**
   * Asks a peer.
   *
   * @param signal - gives it up, here and there
   * @throws BrokerError `BROKER_PEER_UNREACHABLE`; the signal's reason
   */
  async call(to: number, chunks: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    const result = this.#transport?.send(to, this.channel, { kind: 'request', id, chunks }) ?? 'stopped';
    if (result !== 'queued') throw unreachable(to, result);
    const answer = defer<Uint8Array>();
    this.#calls.set(id, { to, answer });
    const onAbort = (): void => {
      this.#transport?.send(to, this.channel, { kind: 'cancel', id });
      answer.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await answer.promise;
    } finally {
      this.#calls.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #receive(from: number, message: PeerMessage): void {
    switch (message.kind) {
      case 'request':
        void this.#answer(from, message.id, message.chunks[0] ?? new Uint8Array(0));
        break;
      case 'cancel':
        this.#served.get(from)?.get(message.id)?.abort();
        break;
      case 'answer':
        this.#callOf(from, message.id)?.resolve(message.chunks[0] ?? new Uint8Array(0));
        break;
      case 'failure':
        this.#callOf(from, message.id)?.reject(unreachable(from, 'it could not answer'));
    }
  }

  #callOf(from: number, id: number): Deferred<Uint8Array> | undefined {
    const call = this.#calls.get(id);
    return call?.to === from ? call.answer : undefined;
  }

  async #answer(from: number, id: number, request: Uint8Array): Promise<void> {
    const open = this.#served.get(from) ?? new Map<number, AbortController>();
    this.#served.set(from, open);
    const controller = new AbortController();
    if (this.#handler === undefined || open.size >= maxOpenRequests) {
      this.#transport?.send(from, this.channel, { kind: 'failure', id });
      return;
    }
    open.set(id, controller);
    try {
      const chunks = await this.#handler(from, request, controller.signal);
      if (controller.signal.aborted) return;
      const result = this.#transport?.send(from, this.channel, { kind: 'answer', id, chunks });
      if (result !== 'queued') throw new RangeError(`the answer was dropped: ${result}`);
    } catch (thrown) {
      this.#logger.warn({ peer: from, err: toError(thrown) }, 'could not answer another broker');
      this.#transport?.send(from, this.channel, { kind: 'failure', id });
    } finally {
      open.delete(id);
    }
  }

  #onDown(id: number): void {
    for (const controller of this.#served.get(id)?.values() ?? []) controller.abort();
    this.#served.delete(id);
    for (const { to, answer } of this.#calls.values()) if (to === id) answer.reject(unreachable(id, 'connection lost'));
  }
}

function unreachable(to: number, why: string): BrokerError {
  return new BrokerError('BROKER_PEER_UNREACHABLE', `broker ${to} cannot be asked: ${why}`, { retriable: true });
}
