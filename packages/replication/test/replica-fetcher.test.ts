import type { FetchRequestInput, FetchResponse } from '@streambus/kafka';
import {
  createReplicaFetcher,
  type FollowedPartition,
  type FollowerFetch,
  type LeaderAnswer,
  type ReplicaFetcher,
  type ReplicaFetcherOptions,
} from '@streambus/replication';
import { silentLogger } from '@streambus/runtime';
import { createManualClock, type ManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';

const topicId = '00000000-0000-4000-8000-000000000001';
const rtt = 1;

/** A follower that takes whatever comes. */
interface FakePartition extends FollowedPartition {
  readonly taken: { readonly fetch: FollowerFetch; readonly answer: LeaderAnswer }[];
  offset: number;
  isReady: boolean;
  fails: boolean;
}

function fakePartition(partition: number, topic = 'orders'): FakePartition {
  return {
    ...{ topic, partition, taken: [], offset: 0, isReady: true, fails: false },
    nextFetch() {
      if (!this.isReady) return undefined;
      return { currentLeaderEpoch: 3, fetchOffset: this.offset, lastFetchedEpoch: -1, logStartOffset: 0 };
    },
    whenFetchable: () => Promise.resolve(),
    takeAnswer(fetch, answer) {
      this.taken.push({ fetch, answer });
      if (this.fails) return Promise.resolve({ kind: 'failed', message: 'planted' });
      this.offset += answer.records?.length ?? 0;
      return Promise.resolve(
        answer.records === null ? { kind: 'unchanged' } : { kind: 'appended', sizeBytes: answer.records.length },
      );
    },
  };
}

/** A leader that has so many bytes of some partitions, and holds back an answer with nothing. */
interface Bench {
  readonly clock: ManualClock;
  readonly fetcher: ReplicaFetcher;
  readonly requests: { readonly atMs: number; readonly request: FetchRequestInput; readonly signal: AbortSignal }[];
  readonly bytesOf: Map<number, number>;
  errorCode: number;
  isDown: boolean;
  mostUnderWay: number;
}

function createBench(options: Partial<ReplicaFetcherOptions> = {}): Bench {
  const clock = createManualClock();
  let underWay = 0;
  const bench: Omit<Bench, 'fetcher'> = {
    ...{ clock, requests: [], bytesOf: new Map(), errorCode: 0, isDown: false, mostUnderWay: 0 },
  };
  const answer = (request: FetchRequestInput): FetchResponse => ({
    ...{ throttleTimeMs: 0, errorCode: bench.errorCode, sessionId: 0, nodeEndpoints: [] },
    responses: request.topics.map(({ topic = '', topicId: id = '', partitions }) => ({
      ...{ topic, topicId: id },
      partitions: partitions.map(({ partition }) => {
        const bytes = bench.bytesOf.get(partition) ?? 0;
        return {
          ...{ partitionIndex: partition, errorCode: 0, highWatermark: 0, logStartOffset: 0, lastStableOffset: 0 },
          ...{ divergingEpoch: { epoch: -1, endOffset: -1 }, currentLeader: { leaderId: -1, leaderEpoch: -1 } },
          ...{ snapshotId: { endOffset: -1, epoch: -1 }, abortedTransactions: null, preferredReadReplica: -1 },
          records: bytes > 0 ? new Uint8Array(bytes) : null,
        };
      }),
    })),
  });
  const fetcher = createReplicaFetcher(
    { leaderId: 1, brokerId: 2, brokerEpoch: 17, ...options },
    {
      clock,
      logger: silentLogger,
      link: {
        fetch(request, signal) {
          bench.requests.push({ atMs: clock.monotonicMs(), request, signal });
          if (bench.isDown) return Promise.reject(new Error('the leader is down'));
          underWay++;
          bench.mostUnderWay = Math.max(bench.mostUnderWay, underWay);
          const has = request.topics.some(({ partitions }) =>
            partitions.some((each) => bench.bytesOf.has(each.partition)),
          );
          return new Promise((resolve, reject) => {
            const end = (settle: () => void): void => {
              timer.cancel();
              underWay--;
              settle();
            };
            const timer = clock.setTimer(has ? rtt : request.maxWaitMs, () => end(() => resolve(answer(request))));
            signal.addEventListener('abort', () => end(() => reject(new Error('aborted'))), { once: true });
          });
        },
      },
    },
  );
  return Object.assign(bench, { fetcher });
}

function askedIn(request: FetchRequestInput | undefined): number[] {
  return request?.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition)) ?? [];
}

describe('a replica fetcher', () => {
  it('asks for all partitions at once, in Kafka’s own words', async () => {
    const { clock, fetcher, requests } = createBench({ waitMs: 300 });
    fetcher.add(fakePartition(4), { topicId });
    fetcher.add(fakePartition(5), { topicId });
    await clock.advance(0);
    const fetch = { currentLeaderEpoch: 3, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: 0 };
    const partitionMaxBytes = 1024 * 1024;
    expect(requests.map(({ request }) => request)).toEqual([
      {
        ...{
          replicaId: 2,
          replicaState: { replicaId: 2, replicaEpoch: 17 },
          sessionId: 0,
          sessionEpoch: 0,
          forgottenTopicsData: [],
        },
        ...{ maxWaitMs: 300, minBytes: 1, maxBytes: 10 * 1024 * 1024 },
        topics: [
          {
            ...{ topic: 'orders', topicId },
            partitions: [
              { partition: 4, partitionMaxBytes, ...fetch },
              { partition: 5, partitionMaxBytes, ...fetch },
            ],
          },
        ],
      },
    ]);
    await clock.until(fetcher.stop());
  });

  it('has one request under way, and the next says what was taken', async () => {
    const bench = createBench();
    const { clock, fetcher, requests, bytesOf } = bench;
    bytesOf.set(0, 100);
    const partition = fakePartition(0);
    fetcher.add(partition, { topicId });
    await clock.advance(10);
    expect(bench.mostUnderWay).toBe(1);
    expect(requests.slice(0, 3).map(({ request }) => request.topics[0]?.partitions[0]?.fetchOffset)).toEqual([
      0, 100, 200,
    ]);
    expect(partition.taken.length).toBeGreaterThanOrEqual(9);
    await clock.until(fetcher.stop());
  });

  it('asks for a partition that is added without waiting for the answer under way', async () => {
    const { clock, fetcher, requests } = createBench({ waitMs: 500 });
    fetcher.add(fakePartition(0), { topicId });
    await clock.advance(100);
    fetcher.add(fakePartition(1), { topicId });
    fetcher.add(fakePartition(2), { topicId });
    await clock.advance(1);
    expect(requests.map(({ atMs }) => atMs)).toEqual([0, 100]);
    expect(requests[0]?.signal.aborted).toBe(true);
    expect(askedIn(requests[1]?.request)).toEqual([0, 1, 2]);
    expect(fetcher.counters).toMatchObject({ requests: 2, interruptedRequests: 1 });
    await clock.until(fetcher.stop());
  });

  it('gathers those that come one after the other', async () => {
    const { clock, fetcher, requests } = createBench();
    for (let index = 0; index < 50; index++) {
      fetcher.add(fakePartition(index), { topicId });
      await clock.advance(1);
    }
    expect(askedIn(requests.at(-1)?.request).length).toBeGreaterThan(40);
    expect(requests.length).toBeLessThanOrEqual(12);
    await clock.until(fetcher.stop());
  });

  it('waits longer each time the leader cannot be reached, and comes back', async () => {
    const bench = createBench();
    bench.isDown = true;
    bench.bytesOf.set(0, 1);
    const partition = fakePartition(0);
    bench.fetcher.add(partition, { topicId });
    await bench.clock.advance(155);
    expect(bench.requests.map(({ atMs }) => atMs)).toEqual([0, 10, 30, 70, 150]);
    bench.isDown = false;
    await bench.clock.advance(200);
    expect(partition.taken.length).toBeGreaterThan(0);
    expect(bench.fetcher.counters.failedRequests).toBe(5);
    await bench.clock.until(bench.fetcher.stop());
  });

  it('backs off when the leader refuses the whole request', async () => {
    const bench = createBench();
    bench.errorCode = 7;
    bench.bytesOf.set(0, 1);
    bench.fetcher.add(fakePartition(0), { topicId });
    await bench.clock.advance(60);
    expect(bench.requests.map(({ atMs }) => atMs)).toEqual([0, 11, 32]);
    await bench.clock.until(bench.fetcher.stop());
  });

  it('lets a partition that fails wait by itself, and asks for it again without waiting for the others', async () => {
    const { clock, fetcher, requests, bytesOf } = createBench();
    const [failing, other] = [fakePartition(0), fakePartition(1)];
    failing.fails = true;
    bytesOf.set(0, 10);
    fetcher.add(failing, { topicId });
    fetcher.add(other, { topicId });
    await clock.advance(80);
    // After 1 ms, and then 10, 20 and 40 ms after each failure; in between the others are asked for alone.
    const withIt = requests.filter(({ request }) => askedIn(request).includes(0)).map(({ atMs }) => atMs);
    expect(withIt).toEqual([0, 11, 32, 73]);
    await clock.until(fetcher.stop());
  });

  it('is fair: one that always has records goes behind the others', async () => {
    const { clock, fetcher, requests, bytesOf } = createBench();
    bytesOf.set(0, 1000);
    for (const index of [0, 1, 2]) fetcher.add(fakePartition(index), { topicId });
    await clock.advance(2);
    expect(askedIn(requests[1]?.request)).toEqual([1, 2, 0]);
    await clock.until(fetcher.stop());
  });

  it('keeps throttled partitions to their rate, and nobody else', async () => {
    const { clock, fetcher, bytesOf } = createBench();
    const [throttled, free] = [fakePartition(0), fakePartition(1)];
    bytesOf.set(0, 1000);
    bytesOf.set(1, 1000);
    fetcher.throttle(10_000);
    fetcher.add(throttled, { topicId, isThrottled: true });
    fetcher.add(free, { topicId });
    await clock.advance(2000);
    expect(throttled.offset).toBeGreaterThanOrEqual(25_000);
    expect(throttled.offset).toBeLessThanOrEqual(31_000);
    expect(free.offset).toBeGreaterThan(1_000_000);
    fetcher.throttle(undefined);
    await clock.advance(100);
    expect(throttled.offset).toBeGreaterThan(60_000);
    await clock.until(fetcher.stop());
  });

  it('takes nothing for a partition that was removed meanwhile', async () => {
    const { clock, fetcher, bytesOf } = createBench();
    const partition = fakePartition(0);
    bytesOf.set(0, 10);
    fetcher.add(partition, { topicId });
    await clock.advance(0);
    fetcher.remove(partition);
    await clock.advance(50);
    expect(partition.taken).toEqual([]);
    expect(fetcher.partitionCount).toBe(0);
    await clock.until(fetcher.stop());
  });

  it('leaves nothing behind when it is stopped: no timer, no request', async () => {
    for (const [waitedMs, isDown] of [
      [0, false],
      [3, false],
      [30, false],
      [30, true],
    ] as const) {
      const { clock, fetcher, requests } = Object.assign(createBench(), { isDown });
      const unready = fakePartition(1);
      unready.isReady = false;
      fetcher.add(fakePartition(0), { topicId });
      fetcher.add(unready, { topicId });
      await clock.advance(waitedMs);
      const { length } = requests;
      await clock.until(fetcher.stop());
      await clock.until(fetcher.stop());
      expect(clock.pendingTimers).toBe(0);
      await clock.advance(10_000);
      expect(requests).toHaveLength(length);
    }
  });
});
