import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { KeyValueSubject } from '../src/key-value/key-value-subject.ts';
import { runChaos } from '../src/run/run-chaos.ts';

/*
 * The same runs as ever, on nodes with a bug in them: a program that replaces one part of what a node is made of.
 */
const plantedBugs = [
  {
    bug: 'reads without a barrier',
    program: new URL('./planted/stale-reads.ts', import.meta.url),
    durationMs: 3000,
    finding: /is not linearizable/,
  },
  {
    bug: 'answers before the commit',
    program: new URL('./planted/early-answers.ts', import.meta.url),
    durationMs: 3000,
    finding: /is not linearizable/,
  },
  {
    bug: 'sessions that are forgotten',
    program: new URL('./planted/forgotten-sessions.ts', import.meta.url),
    durationMs: 6000,
    finding: /was applied a second time/,
  },
  {
    bug: 'snapshots that lose a write',
    program: new URL('./planted/lossy-snapshots.ts', import.meta.url),
    durationMs: 5000,
    finding: /the nodes differ in their state|is not linearizable/,
  },
];

describe('a run finds', () => {
  it.each(plantedBugs)('$bug, within $durationMs ms of kills', { timeout: 240_000 }, async (planted) => {
    const { durationMs, program, finding } = planted;
    const createSubject = (folder: string) => new KeyValueSubject({ folder, seed: 1, cuttable: false, program });
    const { findings, folder } = await runChaos({ kind: 'kill', seed: 1, durationMs, createSubject });
    if (folder !== undefined) await rm(folder, { recursive: true });
    expect(findings.join('\n')).toMatch(finding);
  });
});
