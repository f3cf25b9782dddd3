import { assert, type Logger, silentLogger } from '@streambus/runtime';
import type { CallToken, Effect, Moment } from './core/effects.ts';
import type { PartitionCore } from './core/partition-core.ts';
import { Answers } from './driver/answers.ts';
import { DeadlineTimer } from './driver/deadline-timer.ts';
import { cancelled, type OpenCalls } from './driver/open-calls.ts';
import { PartitionDriver } from './driver/partition-driver.ts';
import {
  type Unserved,
  unservedCommit,
  unservedDescription,
  unservedHeartbeat,
  unservedJoin,
  unservedSync,
} from './driver/refusals.ts';
import { sumFigures } from './driver/statistics-sum.ts';
import { CoordinatorError } from './errors.ts';
import type { CallOptions, GroupCoordinator, GroupCoordinatorDependencies } from './group-coordinator.ts';
import {
  type GroupCoordinatorOptions,
  type ResolvedGroupCoordinatorOptions,
  resolveGroupCoordinatorOptions,
} from './options.ts';
import { groupPartition } from './records/group-partition.ts';
import type {
  DeletedGroup,
  DescribedGroup,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from './requests.ts';
import type { CommittedOffset, GroupCoordinatorStatistics } from './statistics.ts';

/**
 * Makes a group coordinator that serves no partition yet.
 *
 * @throws CoordinatorError `COORDINATOR_OPTION_INVALID`
 */
export function createGroupCoordinator(
  options: GroupCoordinatorOptions,
  dependencies: GroupCoordinatorDependencies,
): GroupCoordinator {
  return new DrivenGroupCoordinator(resolveGroupCoordinatorOptions(options), dependencies);
}

/** What goes into the core for one call. */
type Input = (core: PartitionCore, token: CallToken, moment: Moment) => Effect[];

class DrivenGroupCoordinator implements GroupCoordinator {
  readonly #options: ResolvedGroupCoordinatorOptions;
  readonly #dependencies: GroupCoordinatorDependencies;
  readonly #logger: Logger;
  readonly #answers = new Answers();
  readonly #partitions = new Map<number, PartitionDriver>();
  /** Partitions that were given up and still have an append under way. */
  readonly #ending = new Map<number, Promise<void>>();
  readonly #timer: DeadlineTimer;
  readonly #totals = sumFigures();
  #closed = false;

  constructor(options: ResolvedGroupCoordinatorOptions, dependencies: GroupCoordinatorDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#logger = dependencies.logger ?? silentLogger;
    this.#timer = new DeadlineTimer(dependencies.clock, () => this.#onDue());
  }

  partitionFor(groupId: string): number {
    return groupPartition(groupId, this.#options.partitionCount);
  }

  async load(partition: number): Promise<void> {
    this.#assertPartition(partition);
    if (this.#closed) throw closedError();
    const present = this.#partitions.get(partition);
    if (present !== undefined) return present.load();
    const driver = this.#createDriver(partition);
    this.#partitions.set(partition, driver);
    try {
      // What was appended before the partition was given up has to be seen, or never be appended.
      await driver.load(this.#ending.get(partition));
    } catch (error) {
      driver.end();
      if (this.#partitions.get(partition) === driver) this.#partitions.delete(partition);
      throw error;
    }
  }

  unload(partition: number): void {
    this.#assertPartition(partition);
    const driver = this.#partitions.get(partition);
    if (driver === undefined) return;
    this.#partitions.delete(partition);
    driver.end();
    this.#totals.keep(driver);
    const before = this.#ending.get(partition);
    const ending = Promise.all([before, driver.settled()]).then(() => {
      if (this.#ending.get(partition) === ending) this.#ending.delete(partition);
    });
    this.#ending.set(partition, ending);
  }

  joinGroup(request: JoinGroupRequest, call?: CallOptions): Promise<JoinGroupResponse> {
    const input: Input = (core, token, moment) => core.join(request, token, moment);
    return this.#call(request.groupId, this.#answers.joins, call, input, (error) => unservedJoin(request, error));
  }

  syncGroup(request: SyncGroupRequest, call?: CallOptions): Promise<SyncGroupResponse> {
    const input: Input = (core, token, moment) => core.sync(request, token, moment);
    return this.#call(request.groupId, this.#answers.syncs, call, input, unservedSync);
  }

  heartbeat(request: HeartbeatRequest, call?: CallOptions): Promise<HeartbeatResponse> {
    const input: Input = (core, token, moment) => core.heartbeat(request, token, moment);
    return this.#call(request.groupId, this.#answers.heartbeats, call, input, unservedHeartbeat);
  }

  leaveGroup(request: LeaveGroupRequest, call?: CallOptions): Promise<LeaveGroupResponse> {
    const input: Input = (core, token, moment) => core.leave(request, token, moment);
    return this.#call(request.groupId, this.#answers.leaves, call, input, (error) => ({ error, members: [] }));
  }

  async commitOffsets(request: OffsetCommitRequest, call?: CallOptions): Promise<OffsetCommitResponse> {
    const { clock, onCommitLatency } = this.#dependencies;
    const beganMs = clock.monotonicMs();
    const input: Input = (core, token, moment) => core.commit(request, token, moment);
    const refusal = (error: Unserved): OffsetCommitResponse => unservedCommit(request, error);
    const response = await this.#call(request.groupId, this.#answers.commits, call, input, refusal);
    onCommitLatency?.(clock.monotonicMs() - beganMs);
    return response;
  }

  fetchOffsets(request: OffsetFetchRequest): OffsetFetchResponse {
    const found = this.#find(request.groupId);
    return typeof found === 'string' ? { error: found, topics: [] } : found.core.fetch(request);
  }

  deleteOffsets(request: OffsetDeleteRequest, call?: CallOptions): Promise<OffsetDeleteResponse> {
    const input: Input = (core, token, moment) => core.deleteOffsets(request, token, moment);
    return this.#call(request.groupId, this.#answers.offsetDeletes, call, input, (error) => ({ error, topics: [] }));
  }

  describeGroup(groupId: string): DescribedGroup {
    const found = this.#find(groupId);
    return typeof found === 'string' ? unservedDescription(groupId, found) : found.core.describe(groupId);
  }

  listGroups(request: ListGroupsRequest): ListGroupsResponse {
    const drivers = [...this.#partitions.values()];
    const groups = drivers.flatMap((driver) => (driver.state === 'active' ? driver.core.list(request) : []));
    groups.sort((left, right) => (left.groupId < right.groupId ? -1 : 1));
    const isLoading = drivers.some((driver) => driver.state === 'loading');
    return { error: isLoading ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'NONE', groups };
  }

  deleteGroup(groupId: string, call?: CallOptions): Promise<DeletedGroup> {
    const input: Input = (core, token, moment) => core.deleteGroup(groupId, token, moment);
    return this.#call(groupId, this.#answers.groupDeletes, call, input, (error) => ({ groupId, error }));
  }

  async forgetTopics(topics: readonly string[]): Promise<void> {
    const active = [...this.#partitions.values()].filter((driver) => driver.state === 'active');
    const input: Input = (core, token, moment) => core.forgetTopics(topics, token, moment);
    await Promise.all(active.map((driver) => this.#runCall(driver, this.#answers.forgottenTopics, undefined, input)));
  }

  statistics(): GroupCoordinatorStatistics {
    return this.#totals.sum(this.#partitions.values());
  }

  *committedOffsets(): Generator<CommittedOffset, void, undefined> {
    for (const driver of this.#partitions.values()) {
      if (driver.state === 'active') yield* driver.core.committedOffsets();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const partition of [...this.#partitions.keys()]) this.unload(partition);
    this.#timer.cancel();
    await Promise.all(this.#ending.values());
  }

  #createDriver(partition: number): PartitionDriver {
    const { clock, random, offsetsLog } = this.#dependencies;
    return new PartitionDriver({
      partition,
      options: this.#options,
      clock,
      random,
      logger: this.#logger,
      offsetsLog,
      answers: this.#answers,
      onDeadlineMs: (deadlineMs) => this.#timer.notAfter(deadlineMs),
    });
  }

  #assertPartition(partition: number): void {
    const { partitionCount } = this.#options;
    assert(
      Number.isInteger(partition) && partition >= 0 && partition < partitionCount,
      () => `partition is ${partition}; allowed are integers from 0 to ${partitionCount - 1}`,
    );
  }

  #find(groupId: string): PartitionDriver | Unserved {
    const driver = this.#partitions.get(this.partitionFor(groupId));
    if (driver === undefined || driver.state === 'ended') return 'NOT_COORDINATOR';
    return driver.state === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : driver;
  }

  async #call<Response>(
    groupId: string,
    open: OpenCalls<Response>,
    call: CallOptions | undefined,
    input: Input,
    refusal: (error: Unserved) => Response,
  ): Promise<Response> {
    if (this.#closed) throw closedError();
    if (call?.signal?.aborted) throw cancelled(call.signal);
    const found = this.#find(groupId);
    return typeof found === 'string' ? refusal(found) : this.#runCall(found, open, call?.signal, input);
  }

  #runCall<Response>(
    driver: PartitionDriver,
    open: OpenCalls<Response>,
    signal: AbortSignal | undefined,
    input: Input,
  ): Promise<Response> {
    const token = this.#answers.nextToken();
    const answered = open.begin(token, signal, () => driver.cancel(token));
    driver.run((core, moment) => input(core, token, moment));
    return answered;
  }

  #onDue(): void {
    for (const driver of this.#partitions.values()) {
      if (driver.state === 'active') driver.run((core, moment) => core.advance(moment));
    }
  }
}

function closedError(): CoordinatorError {
  return new CoordinatorError('COORDINATOR_CLOSED', 'the group coordinator is closed');
}
