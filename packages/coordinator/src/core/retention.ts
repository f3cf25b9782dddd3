import type { OffsetEntry } from '../records/offset-records.ts';
import { deleteGroup, deleteOffsets } from './deletion.ts';
import type { Group } from './group.ts';
import type { PartitionState, Turn } from './partition-state.ts';

/** How many groups, and about how many offsets, are looked at in one go; the rest follows in the next turns. */
const maxGroupsPerStep = 1000;
const maxOffsetsPerStep = 10_000;
const nextStepDelayMs = 1;

/** Begins, or continues, the search for what has been kept long enough. */
export function onRetentionDeadline(turn: Turn): void {
  const { state, moment } = turn;
  state.retentionSweep ??= state.groups.values();
  let offsets = 0;
  for (let groups = 0; groups < maxGroupsPerStep && offsets < maxOffsetsPerStep; groups++) {
    const next = state.retentionSweep.next();
    if (next.done === true) {
      state.retentionSweep = undefined;
      break;
    }
    offsets += expireGroup(turn, next.value);
  }
  const delayMs = state.retentionSweep === undefined ? state.options.retentionCheckIntervalMs : nextStepDelayMs;
  state.deadlines.set(state.retention, moment.monotonicMs + delayMs);
}

/** Deletes what the group has kept long enough; returns how many offsets it looked at. */
function expireGroup(turn: Turn, group: Group): number {
  // What is on its way to the log is younger than any retention, and an expiry must not overtake it.
  if (group.deleting || group.pendingAppends > 0) return 1;
  let seen = 0;
  const expired: { topic: string; partitionIndex: number }[] = [];
  const isExpired = expiryRule(turn, group);
  for (const [topic, partitions] of group.offsets) {
    seen += partitions.size;
    if (isExpired === undefined || isInUse(group, topic)) continue;
    for (const [partitionIndex, entry] of partitions) if (isExpired(entry)) expired.push({ topic, partitionIndex });
  }
  const isUnused = group.state === 'Empty' && group.pendingMembers.size === 0;
  if (isUnused && expired.length === seen) deleteGroup(turn, group, 'expiry');
  else if (expired.length > 0) deleteOffsets(turn, group, expired, { cause: 'expiry' });
  return seen;
}

/** Whether members still read the topic. */
function isInUse(group: Group, topic: string): boolean {
  return group.state === 'Stable' && group.subscribedTopics?.has(topic) !== false;
}

/**
 * Since when an offset counts as unused (KIP-211): in a group that has become empty, since
 * then, or since its commit if that was later; for a topic that nobody
 * of a Stable group of consumers subscribes to any more, and for a consumer without a group, since its commit. Undefined: never.
 */
function expiryRule(turn: Turn, group: Group): ((entry: OffsetEntry) => boolean) | undefined {
  const nowMs = turn.moment.wallTimeMs;
  const { offsetsRetentionMs } = turn.state.options;
  const emptySinceMs = group.state === 'Empty' ? group.stateTimestampMs : -1;
  const expires = group.state === 'Empty' || (group.state === 'Stable' && group.subscribedTopics !== undefined);
  if (!expires) return undefined;
  return (entry) => {
    if (entry.expireTimestampMs >= 0) return nowMs >= entry.expireTimestampMs;
    const unusedSinceMs = Math.max(emptySinceMs, entry.commitTimestampMs);
    return nowMs - unusedSinceMs >= offsetsRetentionMs;
  };
}

/** Sets the first search. */
export function scheduleRetention(state: PartitionState, monotonicMs: number): void {
  state.deadlines.set(state.retention, monotonicMs + state.options.retentionCheckIntervalMs);
}
