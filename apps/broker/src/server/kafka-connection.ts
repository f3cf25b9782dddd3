import {
  createFrameCutter,
  decodeRequestHeader,
  type FrameCutter,
  KafkaError,
  type RequestHeader,
} from '@streambus/kafka';
import {
  assert,
  type Clock,
  type Connection,
  InvariantError,
  type Logger,
  type NetworkError,
  type SocketAddress,
  toError,
} from '@streambus/runtime';
import type { ConnectionRefusal } from '../admin/index.ts';
import { errorName } from '../handlers/error-code.ts';
import type { BufferedMemory, BufferHolder } from './buffered-memory.ts';
import { RequestError } from './errors.ts';
import type { RequestContext } from './handler.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { EncodedResponse, RequestRouter, Route } from './request-router.ts';

/** What every connection of a server shares. */
export interface ConnectionOptions {
  readonly maxFrameBytes: number;
  /** Requests that are read and not answered; beyond it the connection is not read. */
  readonly maxInflightRequests: number;
  /** What clients are told; undefined: where their connection arrived. */
  readonly advertised: SocketAddress | undefined;
}

/** What a connection takes from its server. */
export interface ConnectionDependencies {
  readonly budget: MemoryBudget;
  readonly buffered: BufferedMemory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The connection is over. */
  onClosed(connection: KafkaConnection): void;
  /** The connection was ended by the broker. */
  onRefused(reason: ConnectionRefusal): void;
  /** A broken invariant: the broker must stop. */
  onFatal(error: Error): void;
}

/** A request on its way to its answer. */
interface Pending {
  readonly route: Route | undefined;
  readonly requestBytes: number;
  readonly startedMs: number;
  response: EncodedResponse | undefined;
  /** Tells its handler that another request waits. */
  hurry: (() => void) | undefined;
}

/**
 * One client's connection: cuts requests from its bytes, starts them in order and answers them in order.
 *
 * Invariants:
 * 1. Answers leave in the order in which their requests came.
 * 2. A request starts when all before it are answered; only those of a pipelined handler start behind others of the same API.
 * 3. The connection is read only while fewer than `maxInflightRequests` are unanswered, the server has memory, and the client takes its answers.
 */
export class KafkaConnection implements BufferHolder {
  readonly #connection: Connection;
  readonly #options: ConnectionOptions;
  readonly #dependencies: ConnectionDependencies;
  readonly #cutter: FrameCutter;
  readonly #closed = new AbortController();
  #router: RequestRouter | undefined;
  readonly #advertised: SocketAddress;
  /** Cut and not started: at most what one read of the socket brought. */
  #backlog: Uint8Array[] = [];
  #next = 0;
  #pending: Pending[] = [];
  #clientTakesAnswers = true;
  #paused = false;
  #waitsForMemory = false;
  #flushScheduled = false;
  #draining = false;
  /** It was ended by the broker, and is only waited for. */
  #refused = false;
  /** The client sends no more, but still wants its answers. */
  #peerEnded = false;
  #lastActiveMs: number;
  readonly #wake = (): void => {
    this.#waitsForMemory = false;
    this.#pump();
  };

  constructor(connection: Connection, options: ConnectionOptions, dependencies: ConnectionDependencies) {
    this.#connection = connection;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#cutter = createFrameCutter({ maxFrameBytes: options.maxFrameBytes });
    this.#advertised = options.advertised ?? plainAddress(connection.localAddress);
    this.#lastActiveMs = dependencies.clock.monotonicMs();
  }

  get remoteAddress(): SocketAddress {
    return this.#connection.remoteAddress;
  }

  /** When bytes last came or left, by the monotonic clock; a connection that waits for an answer is active. */
  get lastActiveMs(): number {
    return this.#pending.length > 0 ? this.#dependencies.clock.monotonicMs() : this.#lastActiveMs;
  }

  /** Bytes that wait for the client to take them. */
  get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  /** What the client makes the broker hold: parts of requests, requests that wait for their turn, answers not taken. */
  get bufferedBytes(): number {
    if (this.#refused) return 0;
    let bytes = this.#cutter.pendingBytes + this.#connection.queuedBytes;
    for (let index = this.#next; index < this.#backlog.length; index++) bytes += this.#backlog[index]?.length ?? 0;
    return bytes;
  }

  /** Begins to read, and to answer by this router. */
  start(router: RequestRouter): void {
    this.#router = router;
    this.#connection.start({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => {
        this.#clientTakesAnswers = true;
        this.#pump();
      },
      onEnd: () => {
        this.#peerEnded = true;
        this.#endWhenDone();
      },
      onClose: (error) => this.#onClose(error),
    });
  }

  /** Answers what was started and then ends. */
  drain(): void {
    this.#drain();
  }

  /** Ends at once, for a reason that is counted. */
  refuse(reason: ConnectionRefusal): void {
    this.#refused = true;
    this.#dependencies.onRefused(reason);
    this.#connection.destroy();
  }

  /** Ends at once, because it holds more of the broker's memory than any other while there is too little. */
  evict(): void {
    const { host, port } = this.remoteAddress;
    const fields = { client: `${host}:${port}`, bufferedBytes: this.bufferedBytes };
    this.#dependencies.logger.warn(fields, 'closed a connection: it holds most of memory.max.buffered.bytes');
    this.refuse('memory');
  }

  /** Ends at once. */
  destroy(): void {
    this.#connection.destroy();
  }

  #drain(): void {
    this.#draining = true;
    this.#backlog = [];
    this.#next = 0;
    // What still comes is dropped; left unread, it would hide that the client has ended too, and reset the answers on their way.
    this.#resume();
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    const isDone = this.#pending.length === 0 && this.#backlog.length === this.#next;
    if (isDone && (this.#draining || this.#peerEnded)) this.#connection.end();
  }

  #onData(chunk: Uint8Array): void {
    const { clock, buffered } = this.#dependencies;
    this.#lastActiveMs = clock.monotonicMs();
    if (this.#draining || this.#refused || this.#closed.signal.aborted) return;
    const pendingBytes = this.#cutter.pendingBytes;
    try {
      const frames = this.#cutter.push(chunk);
      // A buffer grows by more than what came.
      buffered.add(Math.max(chunk.length, this.#cutter.pendingBytes - pendingBytes));
      if (frames.length === 0 || this.#refused) return;
      this.#backlog = this.#backlog.length === this.#next ? frames : [...this.#backlog.slice(this.#next), ...frames];
      this.#next = 0;
    } catch (thrown) {
      this.#protocolError(thrown);
      return;
    }
    this.#pump();
  }

  /** Starts what may start, sends what may be sent, and reads on if there is room. */
  #pump(): void {
    // An answer that leaves may be what the next request has been waiting for.
    do this.#startNext();
    while (this.#flush());
    this.#hurry();
    if (this.#backlog.length > 0 || !this.#clientTakesAnswers) this.#pause();
    else this.#resume();
  }

  /** Asks who only waits for more to make room for a request of another kind. */
  #hurry(): void {
    const waiting = this.#backlog[this.#next];
    const last = this.#pending.at(-1);
    // Two fetches in a row are no hurry: each would chase the one before it away.
    if (waiting === undefined || last?.route?.handler.api.key === apiKeyOf(waiting)) return;
    for (const pending of this.#pending) {
      const { hurry } = pending;
      pending.hurry = undefined;
      hurry?.();
    }
  }

  #startNext(): void {
    while (this.#next < this.#backlog.length && !this.#closed.signal.aborted) {
      const frame = this.#backlog[this.#next];
      if (frame === undefined || !this.#mayStart(frame)) break;
      this.#next++;
      this.#start(frame);
    }
    if (this.#next === this.#backlog.length && this.#next > 0) {
      this.#backlog = [];
      this.#next = 0;
    }
  }

  #mayStart(frame: Uint8Array): boolean {
    const { budget } = this.#dependencies;
    if (!this.#clientTakesAnswers || this.#pending.length >= this.#options.maxInflightRequests) return false;
    const last = this.#pending.at(-1);
    if (last !== undefined) {
      const follows = last.route?.handler.pipelined === true && apiKeyOf(frame) === last.route.handler.api.key;
      if (!follows) return false;
    }
    if (budget.hasRoom(frame.length)) return true;
    if (!this.#waitsForMemory) {
      this.#waitsForMemory = true;
      budget.wait(this.#wake);
    }
    return false;
  }

  #start(frame: Uint8Array): void {
    const { budget, clock } = this.#dependencies;
    const router = this.#router;
    assert(router !== undefined, 'a connection that is read was started');
    const pending: Pending = {
      route: frame.length >= 2 ? router.route(apiKeyOf(frame)) : undefined,
      requestBytes: frame.length,
      startedMs: clock.monotonicMs(),
      response: undefined,
      hurry: undefined,
    };
    this.#pending.push(pending);
    budget.take(frame.length);
    try {
      const header = decodeRequestHeader(frame);
      const response = router.dispatch(frame, header, this.#context(header, pending));
      if (response instanceof Promise) this.#await(pending, response);
      else pending.response = response;
    } catch (thrown) {
      this.#protocolError(thrown);
    }
  }

  #await(pending: Pending, response: Promise<EncodedResponse>): void {
    response.then(
      (bytes) => {
        pending.response = bytes;
        this.#scheduleFlush();
      },
      (thrown: unknown) => {
        if (!this.#closed.signal.aborted) this.#protocolError(thrown);
      },
    );
  }

  /** Answers that become ready together leave together. */
  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#pending[0]?.response === undefined) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#pump();
    });
  }

  /** Sends the answers that are next in order. @returns whether any was */
  #flush(): boolean {
    const { budget, clock } = this.#dependencies;
    let done = 0;
    let answeredBytes = 0;
    let sizeBytes = 0;
    const chunks: Uint8Array[] = [];
    for (const { response, requestBytes, route, startedMs } of this.#pending) {
      if (response === undefined) break;
      done++;
      let responseBytes = 0;
      for (const chunk of response.chunks) {
        chunks.push(chunk);
        responseBytes += chunk.length;
      }
      route?.meter.answered(
        errorName(response.errorCode),
        clock.monotonicMs() - startedMs,
        requestBytes,
        responseBytes,
      );
      answeredBytes += requestBytes;
      sizeBytes += responseBytes;
    }
    if (done === 0) return false;
    this.#pending = this.#pending.slice(done);
    this.#lastActiveMs = clock.monotonicMs();
    if (chunks.length > 0 && !this.#closed.signal.aborted) this.#clientTakesAnswers = this.#connection.write(chunks);
    this.#dependencies.buffered.add(sizeBytes);
    // Last: it may wake this very connection.
    budget.release(answeredBytes);
    this.#endWhenDone();
    return true;
  }

  #context(header: RequestHeader, pending: Pending): RequestContext {
    return {
      apiVersion: header.apiVersion,
      clientId: header.clientId ?? '',
      remoteAddress: this.#connection.remoteAddress,
      advertisedAddress: this.#advertised,
      signal: this.#closed.signal,
      answerMemory: this.#dependencies.buffered,
      onHurry: (listener) => {
        pending.hurry = listener;
        this.#hurry();
      },
    };
  }

  #protocolError(thrown: unknown): void {
    const { logger, onFatal } = this.#dependencies;
    const error = toError(thrown);
    if (error instanceof InvariantError) {
      onFatal(error);
      return;
    }
    const expected = error instanceof KafkaError || error instanceof RequestError;
    const { host, port } = this.#connection.remoteAddress;
    const client = `${host}:${port}`;
    // Where the broker found out is no news, and whoever sends garbage could fill the log with it.
    if (expected) logger.warn({ client, code: error.code }, `closed a connection: ${error.message}`);
    else logger.error({ err: error, client }, 'closed a connection: a request failed in a way that it must not');
    this.refuse(
      error instanceof KafkaError && error.code === 'KAFKA_FRAME_TOO_LARGE' ? 'request_too_large' : 'bad_request',
    );
  }

  #onClose(error: NetworkError | undefined): void {
    const { budget, logger, onClosed } = this.#dependencies;
    if (error !== undefined) logger.debug({ err: error }, 'a connection was lost');
    this.#closed.abort();
    budget.stopWaiting(this.#wake);
    for (const { requestBytes } of this.#pending) budget.release(requestBytes);
    this.#pending = [];
    this.#backlog = [];
    this.#next = 0;
    onClosed(this);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#connection.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection.resume();
  }
}

function apiKeyOf(frame: Uint8Array): number {
  return ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
}

/** An IPv4 address that a dual-stack listener sees as IPv6 is told as what it is. */
function plainAddress(address: SocketAddress): SocketAddress {
  return address.host.startsWith('::ffff:') ? { host: address.host.slice(7), port: address.port } : address;
}
