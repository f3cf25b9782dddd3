import { noNamespaces } from '@streambus-testing/namespaces';
import { expect, it } from 'vitest';
import { describeReport } from '../src/cli/describe-report.ts';
import { KeyValueSubject } from '../src/key-value/key-value-subject.ts';
import type { NemesisKind } from '../src/nemesis/nemesis-kinds.ts';
import { type ChaosReport, runChaos } from '../src/run/run-chaos.ts';

/*
 * A taste of what `pnpm chaos` does for as long as one likes.
 */
const timeout = 240_000;

function run(kind: NemesisKind, durationMs: number, cuttable: boolean): Promise<ChaosReport> {
  const createSubject = (folder: string) => new KeyValueSubject({ folder, seed: 1, cuttable });
  return runChaos({ kind, seed: 1, durationMs, createSubject });
}

it('three processes that are killed every second, one of them or all: keep their promises', { timeout }, async ({
  annotate,
}) => {
  const report = await run('kill', 6000, false);
  await annotate(describeReport(report));
  expect(report.findings, describeReport(report)).toEqual([]);
  expect(report.faults['kill']).toBeGreaterThan(0);
});

const skipped = noNamespaces === undefined ? '' : ` (skipped: ${noNamespaces})`;

it.skipIf(noNamespaces !== undefined)(
  `three processes that are killed, stopped and cut off from each other: keep their promises${skipped}`,
  { timeout },
  async ({ annotate }) => {
    const report = await run('mixed', 9000, true);
    await annotate(describeReport(report));
    expect(report.findings, describeReport(report)).toEqual([]);
    expect(Object.values(report.faults).reduce((sum, count) => sum + count)).toBeGreaterThan(1);
  },
);
