import { errorCodes, type FetchRequestInput, type FetchResponse } from '@streambus/kafka';
import {
  createFollowerServer,
  createReplicaFetcher,
  type FollowerServer,
  type Partition,
} from '@streambus/replication';
import { silentLogger } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { receivedRequest, receivedResponse } from './cluster/wire.ts';
import { createReplicas, type Replicas, registration, send } from './replicas.ts';

const topicId = '00000000-0000-4000-8000-000000000001';
const signal = new AbortController().signal;

interface Bench extends Replicas {
  readonly leaders: readonly Partition[];
  readonly server: FollowerServer;
  ask(changes?: Partial<FetchRequestInput>, partitions?: readonly AskedOf[]): Promise<FetchResponse>;
}

interface AskedOf {
  readonly partition: number;
  readonly fetchOffset: number;
}

/** A broker that leads partitions 0 to `count`-1, and broker 2 in sync with it. */
async function createBench(count: number): Promise<Bench> {
  const replicas = createReplicas();
  const leaders: Partition[] = [];
  for (let index = 0; index < count; index++) {
    const leader = await replicas.open(1);
    leader.becomeLeader(registration());
    leaders.push(leader);
  }
  const server = createFollowerServer(
    {},
    { clock: replicas.clock, find: (_id, _name, index) => leaders[index] ?? 'UNKNOWN_TOPIC_OR_PARTITION' },
  );
  return {
    ...{ ...replicas, leaders, server },
    async ask(changes = {}, partitions = []) {
      const asked = { currentLeaderEpoch: 1, lastFetchedEpoch: -1, logStartOffset: 0, partitionMaxBytes: 10_000 };
      const request = {
        ...{
          replicaState: { replicaId: 2, replicaEpoch: 12 },
          maxWaitMs: 500,
          minBytes: 1,
          sessionId: 0,
          sessionEpoch: 0,
        },
        topics: [{ topicId, partitions: partitions.map((each) => ({ ...asked, ...each })) }],
        ...changes,
      };
      return receivedResponse(await server.answer(2, receivedRequest(request), signal));
    },
  };
}

function told(response: FetchResponse): [partition: number, bytes: number, errorCode: number][] {
  return response.responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, records, errorCode }): [number, number, number] => [
      ...([partitionIndex, Math.min(records?.length ?? 0, 1)] as const),
      errorCode,
    ]),
  );
}

const from = (...offsets: number[]): AskedOf[] => offsets.map((fetchOffset, partition) => ({ partition, fetchOffset }));

describe('a follower’s session (KIP-227)', () => {
  it('begins with everything, and goes on with what is new', async () => {
    const { clock, leaders, ask } = await createBench(3);
    const first = await clock.until(ask({}, from(0, 0, 0)));
    expect(told(first)).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [2, 0, 0],
    ]);
    const second = ask({ sessionId: first.sessionId, sessionEpoch: 1 });
    await clock.advance(100);
    for (const index of [1, 2]) send(leaders[index] as Partition, ['x']);
    expect(told(await clock.until(second))).toEqual([[1, 1, 0]]);
    expect(clock.monotonicMs()).toBe(100);
    const third = await clock.until(
      ask({ sessionId: first.sessionId, sessionEpoch: 2 }, [{ partition: 1, fetchOffset: 1 }]),
    );
    expect(told(third)).toContainEqual([2, 1, 0]);
  });

  it('answers with nothing when the time is over', async () => {
    const { clock, ask } = await createBench(1);
    const { sessionId } = await clock.until(ask({}, from(0)));
    expect(told(await clock.until(ask({ sessionId, sessionEpoch: 1, maxWaitMs: 70 })))).toEqual([]);
    expect(clock.monotonicMs()).toBe(70);
  });

  it('gives an answer again whose request comes again, as the first one was lost', async () => {
    const { clock, leaders, ask } = await createBench(1);
    const { sessionId } = await clock.until(ask({}, from(0)));
    send(leaders[0] as Partition, ['x']);
    await clock.settle();
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(told(await clock.until(ask({ sessionId, sessionEpoch: 1 })))).toEqual([[0, 1, 0]]);
    }
    expect(told(await clock.until(ask({ sessionId, sessionEpoch: 2, maxWaitMs: 10 }, from(1))))).toEqual([[0, 0, 0]]);
    expect((await ask({ sessionId, sessionEpoch: 1 })).errorCode).toBe(errorCodes.INVALID_FETCH_SESSION_EPOCH);
  });

  it('is known by its number, its broker and that broker’s process', async () => {
    const { clock, ask } = await createBench(1);
    const { sessionId } = await clock.until(ask({}, from(0)));
    const gone = errorCodes.FETCH_SESSION_ID_NOT_FOUND;
    expect((await ask({ sessionId: sessionId + 1, sessionEpoch: 1 })).errorCode).toBe(gone);
    const restarted = { replicaState: { replicaId: 2, replicaEpoch: 99 } };
    expect((await ask({ sessionId, sessionEpoch: 1, ...restarted })).errorCode).toBe(gone);
    const other = await clock.until(ask({}, from(0)));
    expect(other.sessionId).not.toBe(sessionId);
    expect((await ask({ sessionId, sessionEpoch: 1 })).errorCode).toBe(gone);
  });

  it('leaves out what is forgotten, and lets go of it', async () => {
    const { clock, leaders, ask, server } = await createBench(2);
    const { sessionId } = await clock.until(ask({}, from(0, 0)));
    const forgottenTopicsData = [{ topicId, partitions: [0] }];
    const answer = ask({ sessionId, sessionEpoch: 1, forgottenTopicsData, maxWaitMs: 50 });
    send(leaders[0] as Partition, ['x']);
    expect(told(await clock.until(answer))).toEqual([]);
    expect(server.partitionCount).toBe(1);
    server.forget(2);
    expect(server.partitionCount).toBe(0);
  });

  it('is not kept for who wants none', async () => {
    const { clock, ask, server } = await createBench(1);
    expect(await clock.until(ask({ sessionEpoch: -1 }, from(0)))).toMatchObject({ sessionId: 0, errorCode: 0 });
    expect(server.partitionCount).toBe(0);
  });

  it('tells a start that has moved, an epoch that has ended, and who is not there', async () => {
    const { clock, leaders, ask, follow } = { ...(await createBench(1)), follow: { leaderEpoch: 2, leader: 3 } };
    const [leader] = leaders as [Partition];
    leader.becomeLeader(registration({ partitionEpoch: 2, isr: [1] }));
    send(leader, ['x']);
    await clock.settle();
    const { sessionId } = await clock.until(ask({}, [...from(0), { partition: 7, fetchOffset: 0 }]));
    await clock.until(ask({ sessionId, sessionEpoch: 1, maxWaitMs: 1 }, from(1)));
    const started = ask({ sessionId, sessionEpoch: 2 });
    await clock.until(leader.deleteRecordsBefore(1));
    expect((await clock.until(started)).responses[0]?.partitions[0]).toMatchObject({ logStartOffset: 1, errorCode: 0 });
    const ended = ask({ sessionId, sessionEpoch: 3 });
    leader.becomeFollower(follow);
    expect(told(await clock.until(ended))).toEqual([[0, 0, errorCodes.NOT_LEADER_OR_FOLLOWER]]);
  });

  it('keeps to the bytes that are wanted, the first batch always whole, and goes on where it left off', async () => {
    const { clock, leaders, ask } = await createBench(3);
    for (const leader of leaders) send(leader, ['x'.repeat(300)]);
    await clock.settle();
    const first = await clock.until(ask({ maxBytes: 10 }, from(0, 0, 0)));
    expect(told(first).filter(([, bytes]) => bytes > 0)).toEqual([[0, 1, 0]]);
    const second = await clock.until(ask({ sessionId: first.sessionId, sessionEpoch: 1, maxBytes: 10 }, from(1)));
    expect(told(second).filter(([, bytes]) => bytes > 0)).toEqual([[1, 1, 0]]);
  });

  it('has one request wait at a time: the next one, or nobody waiting, ends it', async () => {
    const { clock, ask, server } = await createBench(1);
    const { sessionId } = await clock.until(ask({}, from(0)));
    const waiting = ask({ sessionId, sessionEpoch: 1 });
    const next = ask({ sessionId, sessionEpoch: 2, maxWaitMs: 20 });
    await clock.until(waiting);
    expect(clock.monotonicMs()).toBe(0);
    await clock.until(next);
    const closing = ask({ sessionId, sessionEpoch: 3 });
    await clock.settle();
    server.close();
    await clock.until(closing);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a fetcher and a follower server', { timeout: 60_000 }, () => {
  it('name in each request only what has changed, whatever gets lost', async () => {
    const count = 20;
    const { clock, leaders, server, open } = await createBench(count);
    const followers: Partition[] = [];
    const named: number[] = [];
    let requests = 0;
    const fetcher = createReplicaFetcher(
      { leaderId: 1, brokerId: 2, brokerEpoch: 12, waitMs: 50 },
      {
        ...{ clock, logger: silentLogger },
        link: {
          async fetch(request, aborted) {
            requests++;
            named.push(request.topics.reduce((sum, { partitions }) => sum + partitions.length, 0));
            // Every seventh is lost on its way, every fifth answer on its way back, and once the leader was started anew.
            if (requests % 7 === 0) throw new Error('lost');
            if (requests === 60) server.forget(2);
            const answer = receivedResponse(await server.answer(2, receivedRequest(request), aborted));
            if (requests % 5 === 0) throw new Error('lost');
            return answer;
          },
        },
      },
    );
    for (let index = 0; index < count; index++) {
      const follower = await open(2);
      // Each of them is a partition of its own, whatever its name here.
      followers.push(follower);
      follower.becomeFollower({ leaderEpoch: 1, leader: 1 });
      fetcher.add(numbered(follower, index), { topicId });
    }
    await clock.advance(100);
    for (let round = 0; round < 200; round++) {
      send(leaders[round % 5] as Partition, [`${round}`]);
      await clock.advance(10);
    }
    await clock.advance(500);
    for (const [index, follower] of followers.entries()) {
      expect([follower.logEndOffset, follower.highWatermark]).toEqual([
        leaders[index]?.logEndOffset,
        leaders[index]?.logEndOffset,
      ]);
    }
    expect(leaders[0]?.highWatermark).toBe(40);
    // One or two partitions have news at a time; all are named when a session begins.
    expect(named.filter((length) => length > 5).length).toBeLessThanOrEqual(4);
    expect(named.length).toBeGreaterThan(200);
    await clock.until(fetcher.stop());
  });
});

/** A partition under another number. */
function numbered(partition: Partition, index: number): Parameters<ReturnType<typeof createReplicaFetcher>['add']>[0] {
  return {
    ...{ topic: 'orders', partition: index },
    nextFetch: () => partition.nextFetch(),
    whenFetchable: () => partition.whenFetchable(),
    takeAnswer: (fetch, answer) => partition.takeAnswer(fetch, answer),
  };
}
