import { createConfState, logIndex, nodeId, term } from '@streambus/raft';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { SessionTable } from '../sessions/session-table.ts';
import { SessionedStateMachine } from '../sessions/sessioned-state-machine.ts';
import type { StateMachine } from '../state-machine.ts';
import { MemorySnapshotStore } from '../storage/memory-snapshot-store.ts';
import type { SnapshotReader } from '../storage/snapshot-store.ts';
import { restoreStateMachine } from './restore-state-machine.ts';

const metadata = { index: logIndex(9), term: term(2), confState: createConfState([nodeId(1)]) };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const unused = { apply: () => new Uint8Array(0), snapshot: () => new Uint8Array(0) };

async function storeWith(clock: ReturnType<typeof createManualClock>, pieces: readonly string[]) {
  const store = new MemorySnapshotStore(clock);
  const sessions = new SessionTable();
  sessions.open(7, 10);
  const state = pieces.map((piece) => new TextEncoder().encode(piece));
  await clock.until(store.save(metadata, { sessions: sessions.encode(), state }));
  return store;
}

/** Restores into this state machine. */
async function restore(machine: StateMachine, isWanted: () => boolean = () => true) {
  const clock = createManualClock();
  const snapshots = await storeWith(clock, ['one', 'two', 'three']);
  const sessioned = new SessionedStateMachine(machine);
  const restored = clock.until(restoreStateMachine({ snapshots, machine: sessioned, clock, isWanted }));
  return { restored, sessioned, snapshots, clock };
}

describe('restoring a state machine', () => {
  it('gives it the pieces one by one, with turns between those that take long, and the sessions with the last', async () => {
    const calls: string[] = [];
    let nowMs = 0;
    const clock = createManualClock();
    const snapshots = await storeWith(clock, ['one', 'two', 'three']);
    const machine = new SessionedStateMachine({
      ...unused,
      restore: () => calls.push('restore'),
      beginRestore: () => ({
        add(piece) {
          calls.push(text(piece));
          nowMs += 3;
        },
        finish: () => calls.push(`finish with ${machine.sessionCount} sessions`),
      }),
    });
    const turns: (() => void)[] = [];
    const stepped = {
      ...clock,
      monotonicMs: () => nowMs,
      nextTurn: (callback: () => void) => turns.push(callback),
    };
    const restored = restoreStateMachine({ snapshots, machine, clock: stepped, isWanted: () => true });
    await clock.settle();
    expect(calls).toEqual(['one', 'two']);
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      turn();
      await clock.settle();
    }
    expect(calls).toEqual(['one', 'two', 'three', 'finish with 0 sessions']);
    expect(machine.sessionCount).toBe(1);
    expect(await restored).toEqual(snapshots.current);
  });

  it('gives one that takes no pieces all of it at once', async () => {
    const taken: string[] = [];
    const { restored } = await restore({ ...unused, restore: (snapshot) => taken.push(text(snapshot)) });
    expect((await restored)?.metadata).toEqual(metadata);
    expect(taken).toEqual(['onetwothree']);
  });

  it('is given up between two pieces, and nothing has changed', async () => {
    let pieces = 0;
    let finished = false;
    const machine: StateMachine = {
      ...unused,
      restore() {},
      beginRestore: () => ({
        add: () => pieces++,
        finish() {
          finished = true;
        },
      }),
    };
    const { restored, sessioned } = await restore(machine, () => pieces < 2);
    expect(await restored).toBeUndefined();
    expect([pieces, finished, sessioned.sessionCount]).toEqual([2, false, 0]);
  });

  it('of which there is no snapshot does nothing', async () => {
    const clock = createManualClock();
    const machine = new SessionedStateMachine({ ...unused, restore: () => expect.unreachable() });
    const snapshots = new MemorySnapshotStore(clock);
    expect(await restoreStateMachine({ snapshots, machine, clock, isWanted: () => true })).toBeUndefined();
  });

  it('that throws at a snapshot fails as a state machine does', async () => {
    const restoreThrows = () => {
      throw new Error('no such format');
    };
    const { restored } = await restore({ ...unused, restore: restoreThrows });
    await expect(restored).rejects.toMatchObject({
      code: 'RAFT_NODE_STATE_MACHINE_FAILED',
      message: expect.stringContaining('no such format'),
    });
  });

  it('from a damaged snapshot is refused with its place, and nothing has changed', async () => {
    const { snapshots, clock } = await restore({ ...unused, restore() {} });
    const good = (await snapshots.open()) as SnapshotReader;
    const damaged: SnapshotReader = {
      identity: good.identity,
      path: '/raft/snapshot',
      async read(target, position) {
        const length = await good.read(target, position);
        const at = good.identity.sizeBytes - 40 - position;
        if (at >= 0 && at < length) target[at] = (target[at] ?? 0) ^ 1;
        return length;
      },
      async close() {},
    };
    const machine = new SessionedStateMachine({ ...unused, restore: () => expect.unreachable() });
    const parts = { snapshots: Object.assign(snapshots, { open: async () => damaged }), machine, clock };
    await expect(clock.until(restoreStateMachine({ ...parts, isWanted: () => true }))).rejects.toMatchObject({
      code: 'RAFT_NODE_STORAGE_DAMAGED',
      file: '/raft/snapshot',
    });
    expect(machine.sessionCount).toBe(0);
  });
});
