import type { MetadataDelta } from '@streambus/metadata';
import { createManualClock, createRecordingLogger } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { offsetsTopicName } from './internal-topics.ts';
import { LedGroups } from './led-groups.ts';

/** The groups of broker 1, and what its coordinator is told. */
class Bench {
  readonly clock = createManualClock();
  readonly log = createRecordingLogger();
  readonly told: string[] = [];
  /** What loading a partition ends with, if not well. */
  readonly failures = new Map<number, Error>();
  readonly groups = new LedGroups({
    nodeId: 1,
    clock: this.clock,
    logger: this.log,
    partitions: { settled: async () => {} },
    coordinator: {
      load: async (partition) => {
        this.told.push(`load ${partition}`);
        const failure = this.failures.get(partition);
        if (failure !== undefined) throw failure;
      },
      unload: (partition) => void this.told.push(`unload ${partition}`),
    },
  });

  /** The metadata gives a partition another leader. */
  async lead(
    partition: number,
    leader: number | undefined,
    leaderEpoch: number,
    name = offsetsTopicName,
  ): Promise<void> {
    const after = { leader, leaderEpoch };
    this.groups.follow({ partitions: [{ name, partition, after }] } as unknown as MetadataDelta);
    await this.clock.settle();
  }
}

describe('the groups that a broker leads', () => {
  it('are loaded when it begins to lead, and given up when it no longer does', async () => {
    const bench = new Bench();
    await bench.lead(0, 1, 3);
    await bench.lead(1, 2, 3);
    await bench.lead(0, 2, 4);
    await bench.lead(0, undefined, 5);
    expect(bench.told).toEqual(['load 0', 'unload 0']);
  });

  it('are read anew when another may have led meanwhile', async () => {
    const bench = new Bench();
    await bench.lead(0, 1, 3);
    await bench.lead(0, 1, 3);
    await bench.lead(0, 1, 5);
    expect(bench.told).toEqual(['load 0', 'unload 0', 'load 0']);
  });

  it('are of the offsets topic alone', async () => {
    const bench = new Bench();
    await bench.lead(0, 1, 3, 'orders');
    expect(bench.told).toEqual([]);
  });

  it('are not loaded when leadership is lost before the partition is open', async () => {
    const bench = new Bench();
    const opened = Promise.withResolvers<void>();
    const told: string[] = [];
    const groups = new LedGroups({
      ...{ nodeId: 1, clock: bench.clock, logger: bench.log },
      partitions: { settled: () => opened.promise },
      coordinator: { load: async (partition) => void told.push(`load ${partition}`), unload: () => {} },
    });
    const step = (leader: number, leaderEpoch: number): void =>
      groups.follow({
        partitions: [{ name: offsetsTopicName, partition: 0, after: { leader, leaderEpoch } }],
      } as never);
    step(1, 3);
    step(2, 4);
    opened.resolve();
    await groups.loaded();
    await bench.clock.settle();
    expect(told).toEqual([]);
  });

  it('that cannot be read are told of once, and tried again when somebody asks after a while', async () => {
    const bench = new Bench();
    bench.failures.set(0, new Error('a flipped bit'));
    await bench.lead(0, 1, 3);
    await bench.lead(1, 1, 3);
    await bench.groups.loaded();
    expect([bench.groups.isUnreadable(0), bench.groups.isUnreadable(1)]).toEqual([true, false]);
    await bench.clock.advance(5000);
    await bench.groups.loaded();
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    bench.failures.clear();
    await bench.clock.advance(5000);
    await bench.groups.loaded();
    expect(bench.groups.isUnreadable(0)).toBe(false);
    expect(bench.told).toEqual(['load 0', 'load 1', 'load 0', 'load 0']);
  });
});
