import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { injectFaults } from '../nemesis/nemesis.ts';
import type { NemesisKind } from '../nemesis/nemesis-kinds.ts';
import { planFaults } from '../nemesis/schedule.ts';
import { machineMs } from '../processes/machine-time.ts';
import { type Availability, measureAvailability } from './availability.ts';
import type { Judgement, Subject } from './subject.ts';

/** What is to be run. */
export interface ChaosOptions {
  readonly kind: NemesisKind;
  readonly seed: number;
  readonly durationMs: number;
  /** Whether the folder stays in any case. Default: only if something does not hold. */
  readonly keep?: boolean;
  /** Makes what the nemesis is let loose on. @param folder - empty, for all that it writes */
  readonly createSubject: (folder: string) => Subject;
}

/** What came of a run. */
export interface ChaosReport extends Omit<Judgement, 'acknowledgedMs'>, Availability {
  readonly kind: NemesisKind;
  readonly seed: number;
  readonly durationMs: number;
  /** Faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** By how much the nemesis was late at most: on a busy machine faults last longer than planned. */
  readonly maxDelayMs: number;
  /** Where disks, diaries, histories and the journal of the nemesis are, if they were kept. */
  readonly folder: string | undefined;
}

/** Lets a nemesis loose on a subject under load, heals everything, and judges. */
export async function runChaos({
  kind,
  seed,
  durationMs,
  keep = false,
  createSubject,
}: ChaosOptions): Promise<ChaosReport> {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-chaos-'));
  await using subject = createSubject(folder);
  const schedule = planFaults({ seed, kind, durationMs, nodes: subject.victims.nodes });
  await subject.begin();
  const beganMs = machineMs();
  const { journal, counts, maxDelayMs } = await injectFaults(schedule, subject.victims);
  const { acknowledgedMs, findings, ...judgement } = await subject.judge();
  const idle = [
    ...(journal.length > 1 ? [] : ['no fault was injected']),
    ...(acknowledgedMs.length > 0 ? [] : ['no operation was acknowledged']),
  ];
  const all = [...idle, ...findings];
  await writeFile(join(folder, 'nemesis.jsonl'), journal.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  await writeFile(join(folder, 'findings.txt'), all.join('\n'));
  const isKept = keep || all.length > 0;
  if (!isKept) await rm(folder, { recursive: true });
  const availability = measureAvailability(acknowledgedMs, schedule.phases, beganMs);
  return {
    kind,
    seed,
    durationMs,
    faults: counts,
    maxDelayMs,
    ...judgement,
    ...availability,
    findings: all,
    folder: isKept ? folder : undefined,
  };
}
