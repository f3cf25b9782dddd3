import { errorCodes, type FetchRequest, type FetchResponseInput } from '@streambus/kafka';
import type { Clock } from '@streambus/runtime';
import { type FindServed, type ServedFollower, ServedSession } from './served-session.ts';

/** How followers are served. */
export interface FollowerServerOptions {
  /** The most bytes of one answer, whatever a follower asks for. Default 10 MiB. The first batch is always whole. */
  readonly maxResponseBytes?: number;
}

/** What a follower server takes from outside. */
export interface FollowerServerDependencies {
  readonly clock: Clock;
  readonly find: FindServed;
}

/** Answers the fetches of other brokers, for all partitions that this one leads. */
export interface FollowerServer {
  /** Partitions that followers listen to. */
  readonly partitionCount: number;
  /**
   * Answers one fetch, at once where there is something, else when there is, or after the time that the follower gives. The next fetch of the same
   * broker ends the wait of the one before.
   *
   * @param brokerId - who asks, as its connection proves
   * @param signal - nobody waits for the answer any more
   */
  answer(brokerId: number, request: FetchRequest, signal: AbortSignal): Promise<FetchResponseInput>;
  /** Ends the session of a broker that is not expected to come back soon. */
  forget(brokerId: number): void;
  /** Ends every session, and what is held back. */
  close(): void;
}

/** Makes a follower server. */
export function createFollowerServer(
  options: FollowerServerOptions,
  dependencies: FollowerServerDependencies,
): FollowerServer {
  return new Server(options, dependencies);
}

/** What goes on with one broker. */
interface Served {
  session: ServedSession;
  /** Resolves when the request before is answered. */
  turn: Promise<unknown>;
  /** Counts requests: the last one alone may wait. */
  requests: number;
}

const mebibyte = 1024 * 1024;

class Server implements FollowerServer {
  readonly #maxResponseBytes: number;
  readonly #clock: Clock;
  readonly #find: FindServed;
  /** One for each broker: the newest of its sessions. */
  readonly #served = new Map<number, Served>();
  #sessions = 0;

  constructor({ maxResponseBytes = 10 * mebibyte }: FollowerServerOptions, dependencies: FollowerServerDependencies) {
    this.#maxResponseBytes = maxResponseBytes;
    this.#clock = dependencies.clock;
    this.#find = dependencies.find;
  }

  get partitionCount(): number {
    let count = 0;
    for (const { session } of this.#served.values()) count += session.size;
    return count;
  }

  async answer(brokerId: number, request: FetchRequest, signal: AbortSignal): Promise<FetchResponseInput> {
    const served = this.#servedFor(brokerId, request);
    if (typeof served === 'number') return { errorCode: served, responses: [] };
    const number = ++served.requests;
    served.session.wake();
    const isLast = (): boolean => served.requests === number && !signal.aborted && !served.session.isEnded;
    const answered = served.turn.then(() => this.#take(served.session, request, isLast, signal));
    served.turn = answered.catch(() => {});
    return answered;
  }

  forget(brokerId: number): void {
    this.#served.get(brokerId)?.session.end();
    this.#served.delete(brokerId);
  }

  close(): void {
    for (const { session } of this.#served.values()) session.end();
    this.#served.clear();
  }

  /** @returns an error code where the request goes on with a session that is not there */
  #servedFor(brokerId: number, request: FetchRequest): Served | number {
    const { sessionId, sessionEpoch, replicaState } = request;
    const follower: ServedFollower = { brokerId, brokerEpoch: replicaState.replicaEpoch };
    const known = this.#served.get(brokerId);
    if (sessionEpoch <= 0) {
      known?.session.end();
      const session = new ServedSession(++this.#sessions, follower, this.#find);
      const served = { session, turn: Promise.resolve(), requests: 0 };
      this.#served.set(brokerId, served);
      return served;
    }
    const isKnown = known?.session.id === sessionId && known.session.follower.brokerEpoch === follower.brokerEpoch;
    return isKnown ? known : errorCodes.FETCH_SESSION_ID_NOT_FOUND;
  }

  async #take(
    session: ServedSession,
    request: FetchRequest,
    isLast: () => boolean,
    signal: AbortSignal,
  ): Promise<FetchResponseInput> {
    const { sessionEpoch, maxWaitMs, minBytes } = request;
    if (sessionEpoch > 0 && !session.advance(sessionEpoch)) {
      return { errorCode: errorCodes.INVALID_FETCH_SESSION_EPOCH, responses: [] };
    }
    session.update(request);
    const maxBytes = Math.min(request.maxBytes, this.#maxResponseBytes);
    const deadlineMs = this.#clock.monotonicMs() + maxWaitMs;
    const onAbort = (): void => session.wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        const answers = await session.collect(maxBytes);
        const remainingMs = deadlineMs - this.#clock.monotonicMs();
        if (!answers.isEmpty || minBytes <= 0 || remainingMs <= 0 || !isLast()) {
          session.addEnds(answers);
          // -1: it wants no session, and each of its requests names everything.
          if (sessionEpoch === -1) session.end();
          return { sessionId: sessionEpoch === -1 ? 0 : session.id, responses: answers.responses };
        }
        await session.whenNews(this.#clock, remainingMs);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
