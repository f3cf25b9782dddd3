import {
  createGroupCoordinator,
  type GroupCoordinator,
  type GroupCoordinatorDependencies,
  type GroupCoordinatorOptions,
  type JoinGroupRequest,
  type OffsetCommitRequest,
  type OffsetsLog,
} from '@streambus/coordinator';
import { createMemoryOffsetsLog, type MemoryOffsetsLog } from '@streambus/coordinator/testing';
import {
  createManualClock,
  createRecordingLogger,
  createSeededRandom,
  type ManualClock,
  type RecordingLogger,
} from '@streambus/runtime/testing';

/** A coordinator on a manual clock and a log in memory. */
export interface DriverFixture {
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
  readonly log: MemoryOffsetsLog;
  readonly coordinator: GroupCoordinator;
  /** Lets time pass until the promise settles. */
  until<T>(promise: Promise<T>): Promise<T>;
}

export function createDriverFixture(
  options: GroupCoordinatorOptions = {},
  given: {
    readonly log?: MemoryOffsetsLog;
    readonly offsetsLog?: OffsetsLog;
  } & Partial<GroupCoordinatorDependencies> = {},
): DriverFixture {
  const clock = createManualClock();
  const logger = createRecordingLogger();
  const log = given.log ?? createMemoryOffsetsLog();
  const complete = { partitionCount: 1, initialRebalanceDelayMs: 0, ...options };
  const { log: _log, ...dependencies } = given;
  const coordinator = createGroupCoordinator(complete, {
    clock,
    random: createSeededRandom(5),
    offsetsLog: log,
    logger,
    ...dependencies,
  });
  return { clock, logger, log, coordinator, until: (promise) => clock.until(promise) };
}

export function joinRequest(request: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    apiVersion: 3,
    groupId: 'group',
    memberId: '',
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: new Uint8Array([1]) }],
    ...request,
  };
}

export function commitRequest(offset: number, request: Partial<OffsetCommitRequest> = {}): OffsetCommitRequest {
  const partitions = [{ partitionIndex: 0, offset, leaderEpoch: -1, metadata: null }];
  return {
    groupId: 'group',
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [{ name: 'topic', partitions }],
    ...request,
  };
}

/** What is committed for partition 0 of `topic`. */
export function committedOffset(coordinator: GroupCoordinator, groupId = 'group'): number | undefined {
  const topics = [{ name: 'topic', partitionIndexes: [0] }];
  return coordinator.fetchOffsets({ groupId, topics }).topics[0]?.partitions[0]?.offset;
}

/** The one error of a commit's answer. */
export function commitErrorOf(response: Awaited<ReturnType<GroupCoordinator['commitOffsets']>>): string | undefined {
  return response.topics[0]?.partitions[0]?.error;
}
