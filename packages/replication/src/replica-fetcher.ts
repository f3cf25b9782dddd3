import { errorCodes, type FetchRequestInput, type FetchResponse, type ItemOf } from '@streambus/kafka';
import {
  assertSafeCount,
  type Clock,
  type Deferred,
  defer,
  type Logger,
  type Timer,
  toError,
} from '@streambus/runtime';
import { type FetchPlan, FetchSchedule, type FollowedPartition, type FollowedSlot } from './fetch-schedule.ts';
import type { FollowerFetch, LeaderAnswer } from './fetches.ts';
import { FollowerSession, type SessionRequest } from './follower-session.ts';

/** The way to one leader broker. */
export interface LeaderLink {
  /**
   * Sends a Fetch and resolves with its response, whose records may be views of what was received.
   *
   * @param signal - nobody waits any more: reject soon, and drop the response when it comes. The leader does well to answer what it holds back.
   */
  fetch(request: FetchRequestInput, signal: AbortSignal): Promise<FetchResponse>;
}

/** How a fetcher asks. */
export interface ReplicaFetcherOptions {
  /** The broker that is asked. */
  readonly leaderId: number;
  /** The broker that asks. */
  readonly brokerId: number;
  /** The epoch under which the metadata registered the process that asks (KIP-903). */
  readonly brokerEpoch: number;
  /** How long the leader may hold back an answer with nothing new, in milliseconds (`replica.fetch.wait.max.ms`). Default 500. */
  readonly waitMs?: number;
  /** The most bytes of one answer (`replica.fetch.response.max.bytes`). Default 10 MiB. The first batch is always whole. */
  readonly maxResponseBytes?: number;
  /** The most bytes of one partition in one answer (`replica.fetch.max.bytes`). Default 1 MiB. */
  readonly maxPartitionBytes?: number;
  /** How long to wait after the first failure in a row, in milliseconds; it doubles. Default 10. */
  readonly backoffMs?: number;
  /** How long to wait at most after a failure, in milliseconds. Default 1000. */
  readonly maxBackoffMs?: number;
}

/** What a fetcher takes from outside. */
export interface ReplicaFetcherDependencies {
  readonly link: LeaderLink;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Numbers since it was made. All only grow. */
export interface ReplicaFetcherCounters {
  readonly requests: number;
  readonly failedRequests: number;
  /** Requests that were given up because somebody else had to be asked for at once. */
  readonly interruptedRequests: number;
  readonly bytes: number;
}

/** How a partition is followed. */
export interface FollowOptions {
  /** The topic's UUID in 36 characters. */
  readonly topicId: string;
  /** Its bytes count for the throttle: it is being reassigned. Default false. */
  readonly isThrottled?: boolean;
}

/** Fetches, for all partitions that one broker leads and this one follows, with one request at a time. */
export interface ReplicaFetcher {
  readonly leaderId: number;
  readonly partitionCount: number;
  readonly counters: ReplicaFetcherCounters;
  /** Follows a partition from now on, at once; harmless again, as when its leader epoch or its throttling has changed. */
  add(partition: FollowedPartition, options: FollowOptions): void;
  /** Follows it no more. */
  remove(partition: FollowedPartition): void;
  /** Bounds the bytes per second of all throttled partitions together; undefined takes the bound away. */
  throttle(bytesPerSecond: number | undefined): void;
  /** Ends; resolves when nothing is under way. Harmless twice. */
  stop(): Promise<void>;
}

type PartitionAnswer = ItemOf<ItemOf<FetchResponse['responses']>['partitions']>;

const mebibyte = 1024 * 1024;

/** So long at least a request is left alone: whoever comes meanwhile is gathered. */
const undisturbedMs = 5;

/** Taking answers goes on in the next turn after so long. */
const turnMs = 4;

/** Makes a fetcher; it begins with the first partition. */
export function createReplicaFetcher(
  options: ReplicaFetcherOptions,
  dependencies: ReplicaFetcherDependencies,
): ReplicaFetcher {
  return new Fetcher(options, dependencies);
}

class Fetcher implements ReplicaFetcher {
  readonly leaderId: number;
  readonly #options: Required<ReplicaFetcherOptions>;
  readonly #link: LeaderLink;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #schedule: FetchSchedule;
  readonly #session = new FollowerSession();
  readonly #counters = { requests: 0, failedRequests: 0, interruptedRequests: 0, bytes: 0 };
  /** What goes on beside the requests. */
  readonly #background = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #linkFailureCount = 0;
  /** Ends the wait for something to do. */
  #sleep: Deferred<void> | undefined;
  /** Gives up the request under way. */
  #poll: { readonly controller: AbortController; readonly sinceMs: number } | undefined;
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(options: ReplicaFetcherOptions, { link, clock, logger }: ReplicaFetcherDependencies) {
    this.leaderId = options.leaderId;
    this.#options = {
      waitMs: 500,
      maxResponseBytes: 10 * mebibyte,
      maxPartitionBytes: mebibyte,
      backoffMs: 10,
      maxBackoffMs: 1000,
      ...options,
    };
    this.#link = link;
    this.#clock = clock;
    this.#logger = logger.child({ leaderId: this.leaderId });
    const { backoffMs, maxBackoffMs } = this.#options;
    this.#schedule = new FetchSchedule({ firstMs: backoffMs, lastMs: maxBackoffMs }, clock.monotonicMs());
  }

  get partitionCount(): number {
    return this.#schedule.size;
  }

  get counters(): ReplicaFetcherCounters {
    return this.#counters;
  }

  add(partition: FollowedPartition, { topicId, isThrottled = false }: FollowOptions): void {
    if (this.#stopped) return;
    this.#schedule.add(partition, topicId, isThrottled);
    if (this.#running === undefined) this.#running = this.#run();
    else this.#disturb();
  }

  remove(partition: FollowedPartition): void {
    this.#schedule.remove(partition);
  }

  throttle(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond !== undefined) assertSafeCount(bytesPerSecond, 'bytesPerSecond');
    this.#schedule.throttle(bytesPerSecond ?? Number.POSITIVE_INFINITY, this.#clock.monotonicMs());
    this.#disturb();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#schedule.clear();
    this.#poll?.controller.abort();
    this.#wake();
    await this.#running;
    await Promise.all(this.#background);
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    // Partitions that are added together are asked for together.
    await this.#nextTurn();
    while (!this.#stopped) {
      const plan = this.#schedule.plan(this.#clock.monotonicMs());
      for (const slot of plan.unready) this.#makeReady(slot);
      this.#setTimer(plan.nextDueMs);
      if (plan.fetches.length === 0) await this.#whenWoken();
      else await this.#ask(plan);
    }
  }

  async #ask(plan: FetchPlan): Promise<void> {
    const controller = new AbortController();
    this.#poll = { controller, sinceMs: this.#clock.monotonicMs() };
    this.#counters.requests++;
    const request = this.#session.next(plan);
    let response: FetchResponse | undefined;
    let problem = 'it was interrupted';
    try {
      const answer = this.#link.fetch(fetchRequest(request, this.#options), controller.signal);
      response = await Promise.race([answer, whenAborted(controller.signal)]);
    } catch (thrown) {
      problem = toError(thrown).message;
    } finally {
      this.#poll = undefined;
    }
    if (response === undefined || controller.signal.aborted) {
      this.#schedule.omitAgain(this.#session.lost());
      return controller.signal.aborted ? undefined : this.#linkFailed(problem);
    }
    if (response.errorCode !== 0) return this.#refused(response.errorCode, request);
    this.#linkFailureCount = 0;
    this.#session.answered(response.sessionId);
    await this.#takeAll(response);
  }

  #refused(errorCode: number, { sessionEpoch }: SessionRequest): Promise<void> | undefined {
    this.#session.reset();
    const isSessionGone =
      errorCode === errorCodes.FETCH_SESSION_ID_NOT_FOUND || errorCode === errorCodes.INVALID_FETCH_SESSION_EPOCH;
    // The leader was started anew, or insists on its epochs: then everything is said again.
    return isSessionGone && sessionEpoch > 0 ? undefined : this.#linkFailed(`it answers error ${errorCode}`);
  }

  /** What was appended is waited for: the next request says that it is safe. What takes longer goes on by itself. */
  async #takeAll(response: FetchResponse): Promise<void> {
    const appends: Promise<void>[] = [];
    let turnBeganMs = this.#clock.monotonicMs();
    for (const { topic, topicId, partitions } of response.responses) {
      for (const answer of partitions) {
        const slot = this.#schedule.find(topicId, topic, answer.partitionIndex);
        if (slot === undefined) continue;
        const isPlain = answer.errorCode === 0 && answer.divergingEpoch.endOffset < 0;
        if (!isPlain || (answer.records?.length ?? 0) > 0 || slot.asked === undefined) this.#session.consumed(slot);
        if (slot.asked === undefined) continue;
        const taken = this.#take(slot, slot.asked, answer);
        if (isPlain) appends.push(taken);
        else this.#inBackground(taken.then(() => this.#disturb()));
        if (this.#clock.monotonicMs() - turnBeganMs < turnMs) continue;
        await this.#nextTurn();
        turnBeganMs = this.#clock.monotonicMs();
      }
    }
    await Promise.all(appends);
  }

  async #take(slot: FollowedSlot, fetch: FollowerFetch, answer: PartitionAnswer): Promise<void> {
    const bytes = answer.records?.length ?? 0;
    this.#counters.bytes += bytes;
    slot.isBusy = true;
    const outcome = await slot.partition.takeAnswer(fetch, leaderAnswer(answer));
    slot.isBusy = false;
    if (outcome.kind === 'stale' || outcome.kind === 'failed') this.#session.consumed(slot);
    if (outcome.kind === 'failed') this.#failed(slot, outcome.message);
    else this.#schedule.succeeded(slot, bytes);
  }

  /** Its disk is not done: others need not wait for that. */
  #makeReady(slot: FollowedSlot): void {
    slot.isBusy = true;
    const ready = slot.partition.whenFetchable().then(
      () => {
        slot.isBusy = false;
        if (slot.partition.nextFetch() === undefined) this.#failed(slot, 'it does not follow at the moment');
        else this.#disturb();
      },
      (thrown: unknown) => {
        slot.isBusy = false;
        this.#failed(slot, toError(thrown).message);
      },
    );
    this.#inBackground(ready);
  }

  #failed(slot: FollowedSlot, message: string): void {
    const { topic, partition } = slot.partition;
    this.#schedule.failed(slot, this.#clock.monotonicMs());
    // At a change of leader one or two are usual: the brokers hear of it one after the other.
    if (slot.failureCount === 5) this.#logger.warn({ topic, partition, reason: message }, 'cannot follow the leader');
    this.#disturb(slot.notBeforeMs);
  }

  async #linkFailed(message: string): Promise<void> {
    this.#counters.failedRequests++;
    const { backoffMs, maxBackoffMs } = this.#options;
    const waitMs = Math.min(backoffMs * 2 ** this.#linkFailureCount++, maxBackoffMs);
    if (this.#linkFailureCount === 5) this.#logger.warn({ reason: message }, 'cannot fetch from the leader');
    if (this.#stopped) return;
    const woken = defer<void>();
    const timer = this.#clock.setTimer(waitMs, () => woken.resolve());
    this.#sleep = woken;
    await woken.promise;
    this.#sleep = undefined;
    timer.cancel();
  }

  /** From a moment on there is somebody to ask for who may not be in the request under way. */
  #disturb(dueMs: number = this.#clock.monotonicMs()): void {
    if (this.#timer === undefined || dueMs < this.#timerDueMs) this.#setTimer(dueMs);
  }

  /** Plans again at a moment. One timer is enough, as every plan sets it anew. */
  #setTimer(dueMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (dueMs === Number.POSITIVE_INFINITY || this.#stopped) return;
    const nowMs = this.#clock.monotonicMs();
    const earliestMs = this.#poll === undefined ? nowMs : this.#poll.sinceMs + undisturbedMs;
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.setTimer(Math.max(dueMs, earliestMs, nowMs) - nowMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = undefined;
    // A request that has only just left gathers for a moment more who else has come.
    if (this.#poll !== undefined && this.#clock.monotonicMs() - this.#poll.sinceMs < undisturbedMs) {
      this.#setTimer(this.#timerDueMs);
      return;
    }
    if (this.#poll !== undefined) this.#counters.interruptedRequests++;
    this.#poll?.controller.abort();
    this.#wake();
  }

  async #whenWoken(): Promise<void> {
    if (this.#stopped) return;
    this.#sleep = defer<void>();
    await this.#sleep.promise;
    this.#sleep = undefined;
  }

  #wake(): void {
    this.#sleep?.resolve();
  }

  #inBackground(work: Promise<void>): void {
    this.#background.add(work);
    void work.finally(() => this.#background.delete(work));
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#clock.nextTurn(resolve));
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

function leaderAnswer(answer: PartitionAnswer): LeaderAnswer {
  const { errorCode, highWatermark, logStartOffset, divergingEpoch, records } = answer;
  return { errorCode, highWatermark, logStartOffset, divergingEpoch, records };
}

/** Kafka's own message, with what every version of it needs: a topic has its name and its id. */
function fetchRequest(request: SessionRequest, options: Required<ReplicaFetcherOptions>): FetchRequestInput {
  const { brokerId, brokerEpoch, waitMs, maxResponseBytes, maxPartitionBytes } = options;
  const { sessionId, sessionEpoch, fetches, forgotten } = request;
  return {
    replicaId: brokerId,
    replicaState: { replicaId: brokerId, replicaEpoch: brokerEpoch },
    ...{ maxWaitMs: waitMs, minBytes: 1, maxBytes: maxResponseBytes, sessionId, sessionEpoch },
    topics: byTopic(fetches, ({ slot, fetch }) => [
      slot,
      { partition: slot.partition.partition, partitionMaxBytes: maxPartitionBytes, ...fetch },
    ]),
    forgottenTopicsData: byTopic(forgotten, (slot) => [slot, slot.partition.partition]),
  };
}

interface OfTopic<Item> {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: readonly Item[];
}

/** The order is the leader's order of filling its answer, so a topic may come more than once. */
function byTopic<From, Item>(all: readonly From[], toItem: (one: From) => [FollowedSlot, Item]): OfTopic<Item>[] {
  const topics: { topic: string; topicId: string; partitions: Item[] }[] = [];
  for (const one of all) {
    const [{ partition, topicId }, item] = toItem(one);
    let last = topics.at(-1);
    if (last?.topicId !== topicId) {
      last = { topic: partition.topic, topicId, partitions: [] };
      topics.push(last);
    }
    last.partitions.push(item);
  }
  return topics;
}
