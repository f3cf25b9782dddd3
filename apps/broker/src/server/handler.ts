import type { Api, RequestOf, ResponseInputOf } from '@streambus/kafka';
import type { SocketAddress } from '@streambus/runtime';
import type { AnswerMemory } from './buffered-memory.ts';

/** What a handler knows of the request beside its body. */
export interface RequestContext {
  readonly apiVersion: number;
  /** From the request's header; empty when the client gave none. */
  readonly clientId: string;
  /** Where the client's connection comes from. */
  readonly remoteAddress: SocketAddress;
  /** What the client should be told that this broker's address is. */
  readonly advertisedAddress: SocketAddress;
  /** Aborted when the connection is gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Where an answer asks for room before it reads many bytes. */
  readonly answerMemory: AnswerMemory;
  /**
   * Calls back, once at most, when a request of another API waits behind this one on its connection. An answer that only waits
   * for more should then be given: a heartbeat stuck behind a long poll costs its member the session.
   */
  onHurry(listener: () => void): void;
}

/** The answer to a request: at once, later, or never (`undefined`: the protocol has none for it). */
export type Answer<Response> = Response | undefined | Promise<Response | undefined>;

/** What answers one API. */
export interface Handler<A extends Api = Api> {
  readonly api: A;
  /**
   * Whether the next request of the same connection and API may start before this one is answered. Only for handlers that
   * take effect in the order in which they are called.
   */
  readonly pipelined?: boolean;
  handle(request: RequestOf<A>, context: RequestContext): Answer<ResponseInputOf<A>>;
}
