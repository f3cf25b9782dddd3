import { type Entry, EntryType, logIndex, term } from '@streambus/raft';
import type { Clock } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { Applier } from './applier.ts';

function entries(first: number, count: number): Entry[] {
  return Array.from({ length: count }, (_, at) => ({
    index: logIndex(first + at),
    term: term(1),
    type: EntryType.normal,
    data: Uint8Array.of(1),
  }));
}

/** An applier whose entries take `entryMs` each. */
function rig(entryMs: number) {
  let nowMs = 0;
  const turns: (() => void)[] = [];
  const log: string[] = [];
  const clock = { monotonicMs: () => nowMs } as Clock;
  const applier = new Applier({
    clock,
    applyEntry: (entry) => {
      nowMs += entryMs;
      log.push(`apply ${entry.index}`);
    },
    onApplied: () => log.push('job done'),
    onTurnEnd: (durationMs, count) => log.push(`turn of ${count} in ${durationMs} ms`),
    nextTurn: (callback) => turns.push(callback),
    restore: () => log.push('restore'),
  });
  return { applier, log, runTurn: () => turns.shift()?.(), waiting: turns };
}

describe('the applier', () => {
  it('applies at once what fits into a turn', () => {
    const { applier, log, waiting } = rig(1);
    applier.add({ entries: entries(1, 2), responses: [] });
    expect(log).toEqual(['apply 1', 'apply 2', 'job done', 'turn of 2 in 2 ms']);
    expect(waiting.length).toBe(0);
  });

  it('yields when the budget of a turn is used, between entries of one job', () => {
    const { applier, log, runTurn, waiting } = rig(3);
    applier.add({ entries: entries(1, 3), responses: [] });
    expect(log).toEqual(['apply 1', 'apply 2', 'turn of 2 in 6 ms']);
    expect([applier.busy, waiting.length]).toEqual([true, 1]);
    runTurn();
    expect(log.slice(3)).toEqual(['apply 3', 'job done', 'turn of 1 in 3 ms']);
    expect(applier.busy).toBe(false);
  });

  it('keeps the order of jobs that arrive while it waits for its turn', () => {
    const { applier, log, runTurn } = rig(6);
    applier.add({ entries: entries(1, 2), responses: [] });
    applier.add({ entries: entries(3, 1), responses: [] });
    runTurn();
    runTurn();
    expect(log.filter((line) => line.startsWith('apply'))).toEqual(['apply 1', 'apply 2', 'apply 3']);
  });

  it('restores a snapshot in its place, and applies nothing meanwhile', () => {
    const { applier, log, runTurn } = rig(6);
    applier.add({ entries: entries(1, 2), responses: [] });
    applier.addRestore();
    applier.add({ entries: entries(3, 1), responses: [] });
    expect([applier.busy, log.includes('restore')]).toEqual([true, false]);
    runTurn();
    runTurn();
    applier.add({ entries: entries(4, 1), responses: [] });
    expect(log.filter((line) => !line.startsWith('turn'))).toEqual(['apply 1', 'apply 2', 'job done', 'restore']);
    expect(applier.busy).toBe(true);
    applier.endRestore();
    runTurn();
    expect(log.filter((line) => line.startsWith('apply')).slice(2)).toEqual(['apply 3', 'apply 4']);
    expect(applier.busy).toBe(false);
  });

  it('uses one budget for several small jobs in a turn', () => {
    const { applier, log, waiting } = rig(6);
    applier.add({ entries: entries(1, 2), responses: [] });
    for (let first = 3; first < 6; first++) applier.add({ entries: entries(first, 1), responses: [] });
    waiting.shift()?.();
    expect(log.filter((line) => line.startsWith('apply'))).toEqual(['apply 1', 'apply 2']);
  });
});
