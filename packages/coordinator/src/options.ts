import { CoordinatorError } from './errors.ts';

/** What a group coordinator lets its user choose. Names and defaults are those of Kafka's broker where it has them. */
export interface GroupCoordinatorOptions {
  /** Partitions of the offsets log (`offsets.topic.num.partitions`). Never changes for a cluster. Default 50. */
  readonly partitionCount?: number;
  /** How long a new group waits for more members before its first generation (`group.initial.rebalance.delay.ms`). Default 3000; 0 is allowed. */
  readonly initialRebalanceDelayMs?: number;
  /** Lowest session timeout that a member may ask for (`group.min.session.timeout.ms`). Default 6000. */
  readonly minSessionTimeoutMs?: number;
  /** Highest session timeout that a member may ask for (`group.max.session.timeout.ms`). Default 1,800,000. */
  readonly maxSessionTimeoutMs?: number;
  /** Longest text beside a committed offset, in bytes of UTF-8 (`offset.metadata.max.bytes`). Default 4096. */
  readonly maxOffsetMetadataBytes?: number;
  /** How long offsets are kept after a group has become empty, or a lone consumer has committed (`offsets.retention.minutes`). Default 7 days. */
  readonly offsetsRetentionMs?: number;
  /** How often expired offsets and groups are looked for (`offsets.retention.check.interval.ms`). Default 10 minutes. */
  readonly retentionCheckIntervalMs?: number;
  /** How long a commit, or any other call that waits for a record, waits for it to be durable (`offsets.commit.timeout.ms`). Default 5000. */
  readonly appendTimeoutMs?: number;

  /** Most members of one group, those included that have an id and have not joined yet (`group.max.size`). Default 10,000. */
  readonly maxMembersPerGroup?: number;
  /** Most groups of one coordinator partition. Above it, a new group is answered COORDINATOR_NOT_AVAILABLE. Default 100,000. */
  readonly maxGroupsPerPartition?: number;
  /** Most bytes of subscriptions and assignments held for one group. Above it: GROUP_MAX_SIZE_REACHED. Default 8 MiB. */
  readonly maxMetadataBytesPerGroup?: number;
  /** Most bytes of subscriptions, assignments and committed offsets held per coordinator partition. Above it: COORDINATOR_NOT_AVAILABLE. Default 256 MiB. */
  readonly maxHeldBytesPerPartition?: number;
  /** Most calls that wait in one coordinator partition. Above it: COORDINATOR_NOT_AVAILABLE. Default 100,000. */
  readonly maxPendingCallsPerPartition?: number;

  /** A partition's log is not trimmed below this many bytes. Default 4 MiB. */
  readonly checkpointMinBytes?: number;
  /** A checkpoint is written in pieces of at most this many bytes (and one record). Default 256 KiB. */
  readonly checkpointChunkBytes?: number;
}

/** {@link GroupCoordinatorOptions} with every default filled in. */
export type ResolvedGroupCoordinatorOptions = Required<GroupCoordinatorOptions>;

const mebibyte = 1024 * 1024;
const maxTimeMs = 2 ** 31 - 1;
const maxCount = 2 ** 31 - 1;
const maxRetentionMs = 2 ** 31 * 60_000;

type OptionName = keyof GroupCoordinatorOptions;

/** Default, lowest and highest value of each option. */
const rules: Readonly<Record<OptionName, readonly [fallback: number, lowest: number, highest: number]>> = {
  partitionCount: [50, 1, 100_000],
  initialRebalanceDelayMs: [3000, 0, maxTimeMs],
  minSessionTimeoutMs: [6000, 1, maxTimeMs],
  maxSessionTimeoutMs: [1_800_000, 1, maxTimeMs],
  maxOffsetMetadataBytes: [4096, 0, 32_767],
  offsetsRetentionMs: [7 * 24 * 3_600_000, 1, maxRetentionMs],
  retentionCheckIntervalMs: [600_000, 1, maxTimeMs],
  appendTimeoutMs: [5000, 1, maxTimeMs],
  maxMembersPerGroup: [10_000, 1, maxCount],
  maxGroupsPerPartition: [100_000, 1, maxCount],
  maxMetadataBytesPerGroup: [8 * mebibyte, 1, maxCount],
  maxHeldBytesPerPartition: [256 * mebibyte, 1, Number.MAX_SAFE_INTEGER],
  maxPendingCallsPerPartition: [100_000, 1, maxCount],
  checkpointMinBytes: [4 * mebibyte, 0, Number.MAX_SAFE_INTEGER],
  checkpointChunkBytes: [256 * 1024, 1, maxCount],
};

/**
 * Checks the options and fills in what is missing.
 *
 * @throws CoordinatorError `COORDINATOR_OPTION_INVALID`
 */
export function resolveGroupCoordinatorOptions(options: GroupCoordinatorOptions): ResolvedGroupCoordinatorOptions {
  const resolved: Partial<Record<OptionName, number>> = {};
  for (const [name, [fallback, lowest, highest]] of Object.entries(rules) as [
    OptionName,
    readonly [number, number, number],
  ][]) {
    resolved[name] = checkOption(name, options[name] ?? fallback, lowest, highest);
  }
  const complete = resolved as ResolvedGroupCoordinatorOptions;
  if (complete.minSessionTimeoutMs > complete.maxSessionTimeoutMs) {
    throw new CoordinatorError(
      'COORDINATOR_OPTION_INVALID',
      `minSessionTimeoutMs ${complete.minSessionTimeoutMs} is above maxSessionTimeoutMs ${complete.maxSessionTimeoutMs}`,
    );
  }
  return complete;
}

function checkOption(name: OptionName, value: number, lowest: number, highest: number): number {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return value;
  throw new CoordinatorError(
    'COORDINATOR_OPTION_INVALID',
    `${name} is ${value}; allowed are integers from ${lowest} to ${highest}`,
  );
}
