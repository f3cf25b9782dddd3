import { CoordinatorError, createGroupCoordinator, type OffsetsLogBatch } from '@streambus/coordinator';
import { createMemoryOffsetsLog } from '@streambus/coordinator/testing';
import { defer } from '@streambus/runtime';
import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { commitErrorOf, commitRequest, committedOffset, createDriverFixture, joinRequest } from './driver-fixture.ts';

describe('a member of a group', () => {
  it('joins, syncs, beats, commits, leaves', async () => {
    const { coordinator, until, clock } = createDriverFixture();
    await until(coordinator.load(0));
    const { memberId } = await until(coordinator.joinGroup(joinRequest({ apiVersion: 9 })));
    const joined = await until(coordinator.joinGroup(joinRequest({ apiVersion: 9, memberId })));
    expect(joined).toMatchObject({ error: 'NONE', generationId: 1, leader: memberId, protocolName: 'range' });
    const identity = { groupId: 'group', generationId: 1, memberId, groupInstanceId: null };
    const assignments = [{ memberId, assignment: new Uint8Array([7]) }];
    const protocol = { protocolType: 'consumer', protocolName: 'range' };
    const synced = await until(coordinator.syncGroup({ ...identity, ...protocol, assignments }));
    expect(synced).toEqual({ error: 'NONE', ...protocol, assignment: new Uint8Array([7]) });
    expect(await until(coordinator.heartbeat(identity))).toEqual({ error: 'NONE' });
    expect(commitErrorOf(await until(coordinator.commitOffsets(commitRequest(5, identity))))).toBe('NONE');
    expect(committedOffset(coordinator)).toBe(5);
    const left = await until(
      coordinator.leaveGroup({ groupId: 'group', members: [{ memberId, groupInstanceId: null }] }),
    );
    expect(left).toMatchObject({ error: 'NONE', members: [{ error: 'NONE' }] });
    await until(coordinator.close());
    expect(clock.pendingTimers).toBe(0);
  });

  it('that is not heard of is removed when its session ends, by the only timer there is', async () => {
    const { coordinator, until, clock, logger } = createDriverFixture();
    await until(coordinator.load(0));
    await until(coordinator.joinGroup(joinRequest()));
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(10_000);
    expect(coordinator.describeGroup('group').state).toBe('Empty');
    expect(coordinator.statistics()).toMatchObject({ expiredMembers: 1, members: 0 });
    expect(logger.lines.map(({ message }) => message)).toContain('group member expired');
    await until(coordinator.close());
  });

  it('whose connection is lost is cancelled', async () => {
    const { coordinator, until, clock } = createDriverFixture();
    await until(coordinator.load(0));
    const { memberId } = await until(coordinator.joinGroup(joinRequest()));
    const controller = new AbortController();
    const waiting = coordinator.joinGroup(joinRequest(), { signal: controller.signal });
    const refused = expect(waiting).rejects.toMatchObject({ code: 'COORDINATOR_CALL_CANCELLED', outcome: 'unknown' });
    expect(coordinator.statistics().pendingCalls).toBe(1);
    controller.abort();
    await refused;
    expect(coordinator.statistics()).toMatchObject({ pendingCalls: 0, members: 1 });
    const again = await until(coordinator.joinGroup(joinRequest({ memberId })));
    expect(again).toMatchObject({ error: 'NONE', generationId: 2, members: [{ memberId }] });
    await expect(coordinator.joinGroup(joinRequest(), { signal: controller.signal })).rejects.toThrow(CoordinatorError);
    await clock.until(coordinator.close());
  });
});

describe('commits', () => {
  it('of one turn of the event loop are one append, and so are those that come while it is under way', async () => {
    const latencies: number[] = [];
    const gate = defer<void>();
    const log = createMemoryOffsetsLog({ beforeAppend: () => (log.appendCount === 0 ? gate.promise : undefined) });
    const onCommitLatency = (latencyMs: number): void => void latencies.push(latencyMs);
    const { coordinator, until, clock } = createDriverFixture({}, { log, onCommitLatency });
    await until(coordinator.load(0));
    const commits = (count: number): Promise<unknown>[] =>
      Array.from({ length: count }, (_, index) =>
        coordinator.commitOffsets(commitRequest(index, { groupId: `g${index}` })),
      );
    const first = commits(50);
    await clock.advance(7);
    const second = commits(60);
    await clock.settle();
    expect([log.appendCount, committedOffset(coordinator, 'g7')]).toEqual([0, -1]);
    gate.resolve();
    await until(Promise.all([...first, ...second]));
    expect(log.batches(0).map(({ records }) => records.length)).toEqual([50, 60]);
    expect(committedOffset(coordinator, 'g7')).toBe(7);
    expect(latencies).toHaveLength(110);
    expect(Math.max(...latencies)).toBe(7);
    expect(coordinator.statistics()).toMatchObject({ committedOffsets: 60, groupsByState: { Empty: 60 } });
    await until(coordinator.close());
  });

  it('that cannot be stored are answered so, and change nothing', async () => {
    let failure: Error | undefined;
    const log = createMemoryOffsetsLog({
      beforeAppend: () => {
        if (failure !== undefined) throw failure;
      },
    });
    const { coordinator, until } = createDriverFixture({}, { log });
    await until(coordinator.load(0));
    await until(coordinator.commitOffsets(commitRequest(1)));
    failure = new Error('the disk is full');
    expect(commitErrorOf(await until(coordinator.commitOffsets(commitRequest(2))))).toBe('COORDINATOR_NOT_AVAILABLE');
    failure = new CoordinatorError('COORDINATOR_NOT_LEADER', 'partition 0 has moved');
    expect(commitErrorOf(await until(coordinator.commitOffsets(commitRequest(3))))).toBe('NOT_COORDINATOR');
    expect(committedOffset(coordinator)).toBe(1);
    failure = undefined;
    expect(commitErrorOf(await until(coordinator.commitOffsets(commitRequest(4))))).toBe('NONE');
    expect(coordinator.statistics().failedAppends).toBe(2);
    await until(coordinator.close());
  });

  it('that take too long are answered so', async () => {
    const gate = defer<void>();
    const log = createMemoryOffsetsLog({ beforeAppend: () => gate.promise });
    const { coordinator, until, clock } = createDriverFixture({ appendTimeoutMs: 700 }, { log });
    await until(coordinator.load(0));
    const answer = await until(coordinator.commitOffsets(commitRequest(1)));
    expect([commitErrorOf(answer), clock.monotonicMs()]).toEqual(['COORDINATOR_NOT_AVAILABLE', 700]);
    gate.resolve();
    await clock.settle();
    expect(committedOffset(coordinator)).toBe(1);
    await until(coordinator.close());
  });
});

describe('partitions', () => {
  it('that are not owned, or still load, are answered so', async () => {
    const gate = defer<void>();
    const memory = createMemoryOffsetsLog();
    const offsetsLog = {
      append: memory.append.bind(memory),
      trimBefore: memory.trimBefore.bind(memory),
      async *load(partition: number): AsyncGenerator<OffsetsLogBatch, void, undefined> {
        await gate.promise;
        yield* memory.load(partition);
      },
    };
    const { coordinator, until } = createDriverFixture({}, { offsetsLog });
    const identity = { groupId: 'group', generationId: 1, memberId: 'm', groupInstanceId: null };
    const sync = { ...identity, protocolType: null, protocolName: null, assignments: [] };
    const errors = async (): Promise<unknown[]> => [
      (await coordinator.joinGroup(joinRequest())).error,
      (await coordinator.syncGroup(sync)).error,
      (await coordinator.heartbeat(identity)).error,
      (await coordinator.leaveGroup({ groupId: 'group', members: [] })).error,
      commitErrorOf(await coordinator.commitOffsets(commitRequest(1))),
      coordinator.fetchOffsets({ groupId: 'group', topics: null }).error,
      (await coordinator.deleteOffsets({ groupId: 'group', topics: [] })).error,
      coordinator.describeGroup('group').error,
      (await coordinator.deleteGroup('group')).error,
      coordinator.listGroups({ states: [], types: [] }).error,
    ];
    const not = 'NOT_COORDINATOR';
    expect(await errors()).toEqual([not, not, not, not, not, not, not, not, not, 'NONE']);
    const loading = coordinator.load(0);
    const load = 'COORDINATOR_LOAD_IN_PROGRESS';
    expect(await errors()).toEqual([load, 'REBALANCE_IN_PROGRESS', 'NONE', load, load, load, load, load, load, load]);
    expect(coordinator.statistics()).toMatchObject({ loadingPartitions: 1, loadedPartitions: 0 });
    gate.resolve();
    await until(loading);
    expect((await until(coordinator.joinGroup(joinRequest()))).error).toBe('NONE');
    await until(coordinator.close());
    await expect(coordinator.joinGroup(joinRequest())).rejects.toMatchObject({ code: 'COORDINATOR_CLOSED' });
  });

  it('whose log cannot be read stay unowned, and can be tried again', async () => {
    const log = createMemoryOffsetsLog();
    await log.append(0, [{ key: new Uint8Array([0, 1, 0, 9]), value: null }]);
    const { coordinator, until } = createDriverFixture({}, { log });
    await expect(until(coordinator.load(0))).rejects.toMatchObject({ code: 'COORDINATOR_RECORD_INVALID' });
    expect(coordinator.describeGroup('group').error).toBe('NOT_COORDINATOR');
    await log.trimBefore(0, 1);
    await until(coordinator.load(0));
    expect(coordinator.describeGroup('group').error).toBe('NONE');
    await until(coordinator.close());
  });

  it('that are given up answer who waits, and a load waits for what is still being appended', async () => {
    const gate = defer<void>();
    const log = createMemoryOffsetsLog({ beforeAppend: () => gate.promise });
    const { coordinator, until, clock } = createDriverFixture({}, { log });
    await until(coordinator.load(0));
    const commit = coordinator.commitOffsets(commitRequest(1));
    await clock.settle();
    coordinator.unload(0);
    expect(commitErrorOf(await commit)).toBe('NOT_COORDINATOR');
    const loading = coordinator.load(0);
    await clock.settle();
    expect(coordinator.describeGroup('group').error).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    gate.resolve();
    await until(loading);
    expect(committedOffset(coordinator)).toBe(1);
    await until(coordinator.close());
  });

  it('each have their groups; lists, numbers and offsets are of all', async () => {
    const { coordinator, until } = createDriverFixture({ partitionCount: 4 });
    await until(Promise.all([0, 1, 2, 3].map((partition) => coordinator.load(partition))));
    const ids = Array.from({ length: 20 }, (_, index) => `group-${index}`).sort();
    expect(new Set(ids.map((groupId) => coordinator.partitionFor(groupId))).size).toBe(4);
    await until(Promise.all(ids.map((groupId) => coordinator.commitOffsets(commitRequest(3, { groupId })))));
    const listed = coordinator.listGroups({ states: ['empty'], types: [] });
    expect(listed.groups.map(({ groupId }) => groupId)).toEqual(ids);
    expect(coordinator.statistics()).toMatchObject({ loadedPartitions: 4, committedOffsets: 20 });
    expect([...coordinator.committedOffsets()]).toContainEqual({
      groupId: 'group-7',
      topic: 'topic',
      partitionIndex: 0,
      offset: 3,
      leaderEpoch: -1,
      commitTimestampMs: Date.UTC(2025, 0, 1),
    });
    expect(await until(coordinator.deleteGroup('group-7'))).toEqual({ groupId: 'group-7', error: 'NONE' });
    await until(coordinator.forgetTopics(['topic']));
    expect(coordinator.statistics().committedOffsets).toBe(0);
    coordinator.unload(coordinator.partitionFor('group-1'));
    expect(coordinator.statistics().loadedPartitions).toBe(3);
    await until(coordinator.close());
  });
});

describe('options', () => {
  const dependencies = {
    clock: createManualClock(),
    random: createSeededRandom(1),
    offsetsLog: createMemoryOffsetsLog(),
  };

  it.each([
    [{ partitionCount: 0 }, 'partitionCount is 0; allowed are integers from 1 to 100000'],
    [{ initialRebalanceDelayMs: -1 }, 'initialRebalanceDelayMs is -1; allowed are integers from 0 to 2147483647'],
    [{ maxMembersPerGroup: 1.5 }, 'maxMembersPerGroup is 1.5; allowed are integers from 1 to 2147483647'],
    [{ minSessionTimeoutMs: 10, maxSessionTimeoutMs: 9 }, 'minSessionTimeoutMs 10 is above maxSessionTimeoutMs 9'],
  ])('%o are refused with the name, the value and what is allowed', (options, message) => {
    expect(() => createGroupCoordinator(options, dependencies)).toThrow(message);
  });
});
