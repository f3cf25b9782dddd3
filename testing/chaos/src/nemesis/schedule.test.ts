import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NemesisKind, nemesisKinds } from './nemesis-kinds.ts';
import { type PlannedFault, planFaults, type Schedule } from './schedule.ts';

const kinds = Object.keys(nemesisKinds) as NemesisKind[];
const anySchedule = fc
  .record({
    seed: fc.nat(),
    kind: fc.constantFrom(...kinds),
    nodes: fc.constantFrom([1, 2, 3], [1, 2, 3, 4, 5]),
    durationMs: fc.integer({ min: 5000, max: 60_000 }),
  })
  .map((options) => ({ ...options, schedule: planFaults(options) }));

function phaseOf({ phases }: Schedule, { atMs }: PlannedFault) {
  return phases.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs);
}

describe('a schedule', () => {
  it('is the same for the same seed', () => {
    const options = { seed: 7, kind: 'mixed', nodes: [1, 2, 3], durationMs: 300_000 } as const;
    expect(planFaults(options)).toEqual(planFaults(options));
    expect(planFaults({ ...options, seed: 8 })).not.toEqual(planFaults(options));
  });

  it.each(kinds)('of %s has a fault about every second or two, of every kind, in both reaches', (kind) => {
    const schedule = planFaults({ seed: 1, kind, nodes: [1, 2, 3], durationMs: 300_000 });
    expect(schedule.faults.length).toBeGreaterThan(120);
    expect(new Set(schedule.faults.map((fault) => fault.kind))).toEqual(
      new Set(nemesisKinds[kind].map(({ name }) => name)),
    );
    expect(schedule.faults.some(({ victims }) => victims.length === 3)).toBe(true);
    const reaches = schedule.faults.map((fault) => phaseOf(schedule, fault)?.reach);
    expect(new Set(reaches)).toEqual(new Set(['minority', 'any']));
  });

  it.each(kinds)('of %s strikes now this node, now that one', (kind) => {
    const { faults } = planFaults({ seed: 1, kind, nodes: [1, 2, 3], durationMs: 300_000 });
    const alone = faults.flatMap(({ victims }) => (victims.length === 1 ? victims : []));
    const changes = alone.filter((victim, at) => at > 0 && alone[at - 1] !== victim).length;
    expect(changes).toBeGreaterThan(alone.length / 3);
  });

  it('never strikes more than a minority at a time while a majority is to be whole', () => {
    fc.assert(
      fc.property(anySchedule, ({ nodes, schedule }) => {
        const gentle = schedule.faults.filter((fault) => phaseOf(schedule, fault)?.reach === 'minority');
        for (const { atMs } of gentle) {
          const struck = schedule.faults.filter((other) => other.atMs <= atMs && other.untilMs > atMs);
          expect(new Set(struck.flatMap(({ victims }) => victims)).size).toBeLessThan(nodes.length / 2);
        }
      }),
    );
  });

  it('takes every fault back by the end of its phase, and none is for nobody', () => {
    fc.assert(
      fc.property(anySchedule, ({ durationMs, schedule }) => {
        expect(schedule.phases.at(-1)?.toMs).toBe(durationMs);
        for (const fault of schedule.faults) {
          expect(fault.untilMs).toBeLessThanOrEqual(phaseOf(schedule, fault)?.toMs ?? 0);
          expect(fault.victims.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('kills no process that is dead', () => {
    fc.assert(
      fc.property(anySchedule, ({ schedule }) => {
        const kills = schedule.faults.filter(({ kind }) => kind === 'kill');
        for (const one of kills) {
          const others = kills.filter((other) => other !== one && other.atMs <= one.atMs && other.untilMs > one.atMs);
          for (const other of others) expect(other.victims.some((node) => one.victims.includes(node))).toBe(false);
        }
      }),
    );
  });
});
