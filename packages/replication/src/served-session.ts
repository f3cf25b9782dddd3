import {
  type ErrorName,
  errorCodes,
  type FetchRequest,
  type FetchResponseInput,
  type ItemOf,
  zeroUuid,
} from '@streambus/kafka';
import { type Clock, type Deferred, defer } from '@streambus/runtime';
import type { PartitionFetchAnswer } from './fetches.ts';
import type { Partition } from './partition.ts';

type AskedPartition = ItemOf<ItemOf<FetchRequest['topics']>['partitions']>;
type AnsweredTopic = ItemOf<FetchResponseInput['responses']>;
type AnsweredPartition = ItemOf<AnsweredTopic['partitions']>;

/** What a follower is answered from. */
export type ServedPartition = Pick<
  Partition,
  'fetch' | 'highWatermark' | 'logStartOffset' | 'logEndOffset' | 'onHighWatermark' | 'onLogEnd'
>;

/** Finds what this broker has of a partition, or says why it cannot be had. The name is empty where the request has the id alone. */
export type FindServed = (topicId: string, topic: string, partition: number) => ServedPartition | ErrorName;

/** One partition that a follower wants to hear of. */
interface Entry {
  readonly topicId: string;
  readonly topic: string;
  asked: AskedPartition;
  found: ServedPartition | ErrorName;
  /** What the follower was told last. */
  toldLogStartOffset: number;
  /** End its listening. */
  stops: (() => void)[];
}

/** Who fetches. */
export interface ServedFollower {
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

/**
 * A follower's incremental fetch session (KIP-227): the leader remembers what the follower asked for, and hears of what is new there, so that
 * neither of them has to name or look at thousands of partitions in which nothing happens.
 *
 * Invariants:
 * 1. Whatever has something for the follower is in `#news`, or in the answer that leaves; what was in an answer is asked for anew before it is looked at again.
 * 2. An answer that got lost is given again: the next request has the same epoch, and all that was in it is news again.
 */
export class ServedSession {
  readonly id: number;
  readonly follower: ServedFollower;
  /** The epoch that the next request has; with the one before, the answer is given again. */
  #nextEpoch = 1;
  #epoch = 0;
  #isEnded = false;
  readonly #find: FindServed;
  readonly #entries = new Map<string, Entry>();
  /** In the order in which they came. */
  readonly #news = new Set<Entry>();
  /** Whose ends are others than the follower was told: it hears of them with the next answer. */
  readonly #otherEnds = new Set<Entry>();
  readonly #inLastAnswer = new Set<Entry>();
  #waiting: Deferred<void> | undefined;

  constructor(id: number, follower: ServedFollower, find: FindServed) {
    this.id = id;
    this.follower = follower;
    this.#find = find;
  }

  get size(): number {
    return this.#entries.size;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Goes on with a request of this epoch. @returns false when it does not follow */
  advance(epoch: number): boolean {
    if (epoch === this.#epoch) {
      this.#repeat();
      return true;
    }
    if (epoch !== this.#nextEpoch) return false;
    this.#inLastAnswer.clear();
    this.#epoch = epoch;
    this.#nextEpoch = epochAfter(epoch);
    return true;
  }

  /** Takes over what a request names and forgets. */
  update({ topics, forgottenTopicsData }: FetchRequest): void {
    for (const { topicId, topic, partitions } of forgottenTopicsData) {
      for (const partition of partitions) this.#forget(keyOf(topicId, topic, partition));
    }
    for (const { topicId, topic, partitions } of topics) {
      for (const asked of partitions) this.#ask(topicId, topic, asked);
    }
  }

  /** Ends what is held back. */
  wake(): void {
    this.#waiting?.resolve();
  }

  end(): void {
    this.#isEnded = true;
    for (const key of [...this.#entries.keys()]) this.#forget(key);
    this.wake();
  }

  /** Resolves when there may be news, when it is woken, or after a time. */
  async whenNews(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#news.size > 0) return;
    const waiting = defer<void>();
    this.#waiting = waiting;
    const timer = clock.setTimer(timeoutMs, () => waiting.resolve());
    await waiting.promise;
    timer.cancel();
    this.#waiting = undefined;
  }

  /** Looks at what is news, as far as the bytes go. @returns the answers that cannot wait */
  async collect(maxBytes: number): Promise<Answers> {
    const answers = new Answers();
    for (const entry of [...this.#news]) {
      const remainingBytes = maxBytes - answers.sizeBytes;
      if (answers.sizeBytes > 0 && remainingBytes <= 0) break;
      // Whatever comes while it is looked at is news again.
      this.#news.delete(entry);
      const answer = await this.#answerOf(entry, remainingBytes, answers.sizeBytes === 0);
      if (answer === undefined) continue;
      this.#inLastAnswer.add(entry);
      answers.add(entry, answer);
    }
    return answers;
  }

  /** Adds the ends that the follower was not told yet. */
  addEnds(answers: Answers): void {
    for (const entry of this.#otherEnds) {
      const { found } = entry;
      if (typeof found === 'string' || answers.has(entry)) continue;
      this.#told(entry, found.logStartOffset);
      this.#inLastAnswer.add(entry);
      answers.add(entry, { ...emptyAnswer, ...endsOf(found), partitionIndex: entry.asked.partition });
    }
    this.#otherEnds.clear();
  }

  /** The answer to the request before was lost. */
  #repeat(): void {
    for (const entry of this.#inLastAnswer) {
      this.#news.add(entry);
      this.#otherEnds.add(entry);
    }
    this.#inLastAnswer.clear();
  }

  async #answerOf(entry: Entry, maxBytes: number, isFirst: boolean): Promise<AnsweredPartition | undefined> {
    const { found, asked } = entry;
    const { partition: partitionIndex } = asked;
    if (typeof found === 'string') return { ...emptyAnswer, partitionIndex, errorCode: errorCodes[found] };
    const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch, logStartOffset, partitionMaxBytes } = asked;
    const read = found.fetch({
      reader: { kind: 'follower', ...this.follower, logStartOffset },
      ...{ currentLeaderEpoch, fetchOffset, lastFetchedEpoch },
      maxBytes: Math.max(0, Math.min(partitionMaxBytes, maxBytes)),
      minOneBatch: isFirst,
    });
    const answer = read instanceof Promise ? await read : read;
    const hasNews = answer.kind !== 'records' || answer.sizeBytes > 0;
    const isCut = !hasNews && !isFirst && fetchOffset < found.logEndOffset;
    // There is something, and no room for it here: it goes first next time.
    if (isCut) this.#news.add(entry);
    if (!hasNews && answer.logStartOffset === entry.toldLogStartOffset) return undefined;
    this.#told(entry, answer.logStartOffset);
    return { ...protocolAnswer(answer), partitionIndex };
  }

  #told(entry: Entry, logStartOffset: number): void {
    entry.toldLogStartOffset = logStartOffset;
    this.#otherEnds.delete(entry);
  }

  #ask(topicId: string, topic: string, asked: AskedPartition): void {
    const key = keyOf(topicId, topic, asked.partition);
    const found = this.#find(topicId, topic, asked.partition);
    let entry = this.#entries.get(key);
    if (entry !== undefined && entry.found !== found) {
      this.#forget(key);
      entry = undefined;
    }
    if (entry === undefined) {
      entry = { ...{ topicId, topic, asked, found }, toldLogStartOffset: -1, stops: [] };
      this.#entries.set(key, entry);
      this.#listen(entry);
    }
    entry.asked = asked;
    this.#news.add(entry);
    // Who asks anew may not have taken what it was told: it hears of it with the next answer.
    this.#otherEnds.add(entry);
  }

  #listen(entry: Entry): void {
    const { found } = entry;
    if (typeof found === 'string') return;
    entry.stops = [
      found.onLogEnd(() => {
        this.#news.add(entry);
        this.wake();
      }),
      found.onHighWatermark(() => this.#otherEnds.add(entry)),
    ];
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    for (const set of [this.#news, this.#otherEnds, this.#inLastAnswer]) set.delete(entry);
    for (const stop of entry.stops) stop();
  }
}

/** One response in the making. */
export class Answers {
  readonly #topics = new Map<string, { topic: string; topicId: string; partitions: AnsweredPartition[] }>();
  readonly #entries = new Set<object>();
  sizeBytes = 0;

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get responses(): readonly AnsweredTopic[] {
    return [...this.#topics.values()];
  }

  has(entry: object): boolean {
    return this.#entries.has(entry);
  }

  add(entry: { readonly topicId: string; readonly topic: string }, answer: AnsweredPartition): void {
    this.#entries.add(entry);
    const { topicId, topic } = entry;
    const key = topicKey(topicId, topic);
    let group = this.#topics.get(key);
    if (group === undefined) {
      group = { topic, topicId, partitions: [] };
      this.#topics.set(key, group);
    }
    group.partitions.push(answer);
    for (const chunk of chunksOf(answer)) this.sizeBytes += chunk.length;
  }
}

const emptyAnswer = { errorCode: 0, highWatermark: -1, abortedTransactions: null, records: [] };

function chunksOf({ records }: AnsweredPartition): readonly Uint8Array[] {
  if (records === null || records === undefined) return [];
  return records instanceof Uint8Array ? [records] : records;
}

function endsOf({ highWatermark, logStartOffset }: Pick<ServedPartition, 'highWatermark' | 'logStartOffset'>): {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
} {
  return { highWatermark, lastStableOffset: highWatermark, logStartOffset };
}

function protocolAnswer(answer: PartitionFetchAnswer): Omit<AnsweredPartition, 'partitionIndex'> {
  const ends = { ...emptyAnswer, ...endsOf(answer) };
  switch (answer.kind) {
    case 'records':
      return { ...ends, records: answer.chunks };
    case 'diverging':
      return { ...ends, divergingEpoch: { epoch: answer.epoch, endOffset: answer.endOffset } };
    case 'refused':
      return { ...ends, errorCode: errorCodes[answer.error] };
  }
}

function keyOf(topicId: string, topic: string, partition: number): string {
  return `${topicKey(topicId, topic)}/${partition}`;
}

/** Older versions of Fetch have names, newer ones ids. */
function topicKey(topicId: string, topic: string): string {
  return topicId === '' || topicId === zeroUuid ? topic : topicId;
}

/** KIP-227: 0 is the full request that begins a session, and never comes again. */
export function epochAfter(epoch: number): number {
  return epoch === 0x7fff_ffff ? 1 : epoch + 1;
}
