import { type Clock, toError } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { SessionedStateMachine } from '../sessions/sessioned-state-machine.ts';
import { snapshotPayloads } from '../storage/snapshot-reading.ts';
import type { SnapshotIdentity, SnapshotReader, SnapshotStore } from '../storage/snapshot-store.ts';
import { TurnBudget } from '../turns/turn-budget.ts';

/** What restoring needs. */
export interface RestoreParts {
  readonly snapshots: SnapshotStore;
  readonly machine: SessionedStateMachine;
  readonly clock: Clock;
  /** Looked at between pieces. */
  readonly isWanted: () => boolean;
}

/**
 * Replaces the state machine by the newest durable snapshot, piece by piece, with turns of the event loop in between.
 *
 * @returns what it was replaced by; undefined when there is no snapshot, or it was not wanted any more
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED`, `RAFT_NODE_STORAGE_FAILED`, `RAFT_NODE_STATE_MACHINE_FAILED`
 */
export async function restoreStateMachine(parts: RestoreParts): Promise<SnapshotIdentity | undefined> {
  const reader = await parts.snapshots.open();
  if (reader === undefined) return undefined;
  try {
    return (await restoreFrom(reader, parts)) ? reader.identity : undefined;
  } finally {
    await reader.close();
  }
}

async function restoreFrom(reader: SnapshotReader, { machine, clock, isWanted }: RestoreParts): Promise<boolean> {
  const payloads = snapshotPayloads(reader);
  // The metadata; its reader knows it.
  await payloads.next();
  const { value: sessions } = await payloads.next();
  if (!(sessions instanceof Uint8Array)) return false;
  const restore = guarded(() => machine.beginRestore(sessions));
  const budget = new TurnBudget(clock);
  for await (const piece of payloads) {
    guarded(() => restore.add(piece));
    if (!isWanted()) return false;
    if (budget.isSpent) await budget.next();
  }
  guarded(() => restore.finish());
  return true;
}

/** A replica that cannot read a snapshot must not go on as if it had. */
function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof RaftNodeError) throw cause;
    const message = `the state machine threw at a snapshot: ${toError(cause).message}`;
    throw new RaftNodeError('RAFT_NODE_STATE_MACHINE_FAILED', message, { cause, outcome: 'unknown' });
  }
}
