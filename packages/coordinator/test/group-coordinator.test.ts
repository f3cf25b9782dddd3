import { createGroupCoordinator } from '@streambus/coordinator';
import { createMemoryOffsetsLog } from '@streambus/coordinator/testing';
import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';

describe('smoke', () => {
  it('joins, syncs, beats, commits', async () => {
    const clock = createManualClock();
    const coordinator = createGroupCoordinator(
      { partitionCount: 1, initialRebalanceDelayMs: 0 },
      { clock, random: createSeededRandom(1), offsetsLog: createMemoryOffsetsLog() },
    );
    const run = <T>(promise: Promise<T>): Promise<T> => clock.until(promise);
    await run(coordinator.load(0));
    const base = {
      apiVersion: 9,
      groupId: 'g',
      memberId: '',
      groupInstanceId: null,
      clientId: 'c',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: new Uint8Array([1, 2]) }],
    };
    const first = await run(coordinator.joinGroup(base));
    expect(first.error).toBe('MEMBER_ID_REQUIRED');
    const joined = await run(coordinator.joinGroup({ ...base, memberId: first.memberId }));
    expect(joined).toMatchObject({ error: 'NONE', generationId: 1, leader: first.memberId, protocolName: 'range' });
    const identity = { groupId: 'g', generationId: 1, memberId: first.memberId, groupInstanceId: null };
    const synced = await run(
      coordinator.syncGroup({
        ...identity,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [{ memberId: first.memberId, assignment: new Uint8Array([7]) }],
      }),
    );
    expect(synced).toEqual({
      error: 'NONE',
      protocolType: 'consumer',
      protocolName: 'range',
      assignment: new Uint8Array([7]),
    });
    expect(await run(coordinator.heartbeat(identity))).toEqual({ error: 'NONE' });
    const committed = await run(
      coordinator.commitOffsets({
        ...identity,
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 5, leaderEpoch: 2, metadata: 'm' }] }],
      }),
    );
    expect(committed.topics[0]?.partitions).toEqual([{ partitionIndex: 0, error: 'NONE' }]);
    await coordinator.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
