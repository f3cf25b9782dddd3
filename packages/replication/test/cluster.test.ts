import { describe, expect, it } from 'vitest';
import { type ClusterOptions, SimulatedCluster } from './cluster/simulated-cluster.ts';

/** The machine that runs this may have a lot else to do. */
const timeoutMs = 120_000;

const steps = 120;

async function violationsOf(options: ClusterOptions): Promise<readonly string[]> {
  const { violations } = await new SimulatedCluster(options).run(steps);
  return violations.map((violation) => `seed ${options.seed}: ${violation}`);
}

/** The first seed from a given one on that shows the fault; 60 are tried. */
async function firstFound(options: ClusterOptions): Promise<readonly string[]> {
  for (let seed = options.seed; seed < options.seed + 60; seed++) {
    const violations = await violationsOf({ ...options, seed });
    if (violations.length > 0) return violations;
  }
  return [];
}

describe('replicas whose brokers die, are cut off and hear late', () => {
  const configurations = [
    { title: 'three, of which two must be in sync', options: {} },
    { title: 'three, of which one must be in sync', options: { minInsyncReplicas: 1 } },
    { title: 'two, which must both be in sync', options: { replicas: 2 } },
  ];
  for (const { title, options } of configurations) {
    it(
      `keep what was acknowledged, and agree in the end: ${title}`,
      async () => {
        let acknowledged = 0;
        let leaderEpochs = 0;
        for (let seed = 1; seed <= 6; seed++) {
          const report = await new SimulatedCluster({ seed, ...options }).run(steps);
          expect(report.violations, `seed ${seed}`).toEqual([]);
          acknowledged += report.acknowledged;
          leaderEpochs += report.leaderEpochs;
        }
        // Something was at stake.
        expect(acknowledged).toBeGreaterThan(60);
        expect(leaderEpochs).toBeGreaterThan(12);
      },
      timeoutMs,
    );
  }

  it(
    'do the same again from the same seed',
    async () => {
      const [one, two] = [new SimulatedCluster({ seed: 3 }), new SimulatedCluster({ seed: 3 })];
      expect(await one.run(steps)).toEqual(await two.run(steps));
    },
    timeoutMs,
  );
});

describe('a planted fault is found', () => {
  it(
    'acknowledging before the others in sync have it',
    async () => {
      expect(await firstFound({ seed: 1, acknowledgesAlone: true })).not.toEqual([]);
    },
    timeoutMs,
  );

  it(
    'a high watermark ahead of the followers',
    async () => {
      expect(await firstFound({ seed: 5, countsAhead: true })).not.toEqual([]);
    },
    timeoutMs,
  );

  it(
    'raising the high watermark with too few in sync (KIP-966)',
    async () => {
      expect(await firstFound({ seed: 3, ignoresMinInsync: true })).not.toEqual([]);
    },
    timeoutMs,
  );

  it(
    'electing a leader that is not in sync',
    async () => {
      expect(await firstFound({ seed: 16, electsOutsideIsr: true })).not.toEqual([]);
    },
    timeoutMs,
  );
});
