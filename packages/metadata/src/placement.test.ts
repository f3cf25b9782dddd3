import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlacementBroker, placePartitions } from './placement.ts';

function brokersOf(racks: readonly (string | undefined)[]): PlacementBroker[] {
  return racks.map((rack, index) => ({ brokerId: index + 1, rack, replicaCount: 0, preferredLeaderCount: 0 }));
}

function countOf(brokers: readonly PlacementBroker[], ids: readonly number[]): number[] {
  return brokers.map(({ brokerId }) => ids.filter((id) => id === brokerId).length);
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

const shapes = fc
  .record({ brokerCount: fc.integer({ min: 1, max: 9 }), partitionCount: fc.integer({ min: 1, max: 60 }) })
  .chain(({ brokerCount, partitionCount }) =>
    fc.record({
      brokerCount: fc.constant(brokerCount),
      partitionCount: fc.constant(partitionCount),
      replicationFactor: fc.integer({ min: 1, max: brokerCount }),
    }),
  );

describe('placement of one topic on an empty cluster', () => {
  it('gives every partition distinct brokers, spreads leaders within one and replicas within two', () => {
    fc.assert(
      fc.property(shapes, ({ brokerCount, partitionCount, replicationFactor }) => {
        const brokers = brokersOf(new Array(brokerCount).fill(undefined));
        const placed = placePartitions({ brokers, present: [], partitionCount, replicationFactor });
        expect(placed).toHaveLength(partitionCount);
        for (const replicas of placed) expect(new Set(replicas).size).toBe(replicationFactor);
        expect(
          spread(
            countOf(
              brokers,
              placed.map((replicas) => replicas[0] ?? 0),
            ),
          ),
        ).toBeLessThanOrEqual(1);
        expect(spread(countOf(brokers, placed.flat()))).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });

  it('uses as many racks for every partition as there are, and each as evenly as it can', () => {
    const racks = fc.array(fc.constantFrom('a', 'b', 'c', undefined), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(racks, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 3 }), (names, count, factor) => {
        const brokers = brokersOf(names);
        const rackOf = new Map(brokers.map(({ brokerId, rack }) => [brokerId, rack]));
        const rackCount = new Set(names).size;
        const placed = placePartitions({ brokers, present: [], partitionCount: count, replicationFactor: factor });
        for (const replicas of placed) {
          expect(new Set(replicas.map((brokerId) => rackOf.get(brokerId))).size).toBe(Math.min(rackCount, factor));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('spreads over racks of equal size as evenly as over brokers', () => {
    const brokers = brokersOf(['a', 'a', 'b', 'b', 'c', 'c']);
    const placed = placePartitions({ brokers, present: [], partitionCount: 60, replicationFactor: 3 });
    expect(
      countOf(
        brokers,
        placed.map((replicas) => replicas[0] ?? 0),
      ),
    ).toEqual([10, 10, 10, 10, 10, 10]);
    expect(spread(countOf(brokers, placed.flat()))).toBeLessThanOrEqual(2);
  });

  it('gives the partitions of one leader many different followers', () => {
    const brokers = brokersOf(new Array(6).fill(undefined));
    const placed = placePartitions({ brokers, present: [], partitionCount: 60, replicationFactor: 2 });
    const followersOfFirst = placed.filter(([leader]) => leader === 1).map(([, follower]) => follower);
    expect(new Set(followersOfFirst).size).toBeGreaterThanOrEqual(4);
  });

  it('is the same every time', () => {
    const request = { brokers: brokersOf(['a', 'b', 'a', 'b']), present: [], partitionCount: 9, replicationFactor: 2 };
    expect(placePartitions(request)).toEqual(placePartitions(request));
    expect(placePartitions({ ...request, partitionCount: 4 })).toEqual([
      [1, 2],
      [3, 4],
      [2, 3],
      [4, 1],
    ]);
  });
});

describe('placement beside what is there', () => {
  it('counts the partitions that the topic has', () => {
    const brokers = brokersOf([undefined, undefined, undefined]);
    const placed = placePartitions({ brokers, present: [[1], [1], [2]], partitionCount: 3, replicationFactor: 1 });
    expect(placed.flat().sort()).toEqual([2, 3, 3]);
  });

  it('puts single-partition topics on whoever carries least', () => {
    const brokers = [
      { brokerId: 1, rack: undefined, replicaCount: 5, preferredLeaderCount: 5 },
      { brokerId: 2, rack: undefined, replicaCount: 4, preferredLeaderCount: 4 },
    ];
    expect(placePartitions({ brokers, present: [], partitionCount: 1, replicationFactor: 1 })).toEqual([[2]]);
  });

  it('does not give a new broker more of a topic than its share', () => {
    const brokers = [
      ...[1, 2, 3].map((brokerId) => ({ brokerId, rack: undefined, replicaCount: 99, preferredLeaderCount: 99 })),
      { brokerId: 4, rack: undefined, replicaCount: 0, preferredLeaderCount: 0 },
    ];
    const placed = placePartitions({ brokers, present: [], partitionCount: 8, replicationFactor: 1 });
    expect(countOf(brokers, placed.flat())).toEqual([2, 2, 2, 2]);
  });
});
