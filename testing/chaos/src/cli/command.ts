import { parseArgs } from 'node:util';
import { noNamespaces } from '@streambus-testing/namespaces';
import { KeyValueSubject } from '../key-value/key-value-subject.ts';
import { type NemesisKind, needsNamespaces, nemesisKinds } from '../nemesis/nemesis-kinds.ts';
import { runChaos } from '../run/run-chaos.ts';
import type { Subject } from '../run/subject.ts';
import { describeReport } from './describe-report.ts';

const kinds = Object.keys(nemesisKinds) as NemesisKind[];
const usage = `pnpm chaos [--minutes M] [--nemesis ${kinds.join('|')}] [--seed S] [--nodes N] [--keep]
breaks a replicated key-value store of three processes, or more, under load, for a minute of mixed faults if nothing else is said;
ends with 1 if it has not kept its promises; keeps disks and histories then, or if told to`;

/** @returns the exit code */
export async function command(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      nemesis: { type: 'string', default: 'mixed' },
      seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
      nodes: { type: 'string', default: '3' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const kind = kinds.find((one) => one === values.nemesis);
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  const size = Number(values.nodes);
  const isRight = kind !== undefined && minutes > 0 && isFrom(0, seed) && isFrom(3, size);
  if (values.help || !isRight) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const cuttable = needsNamespaces(kind);
  if (cuttable && noNamespaces !== undefined) {
    console.error(`--nemesis ${kind} cuts networks, and ${noNamespaces}`);
    return 2;
  }
  const createSubject = (folder: string): Subject =>
    disposedOnSignals(new KeyValueSubject({ folder, seed, cuttable, size }));
  const report = await runChaos({ kind, seed, durationMs: minutes * 60_000, keep: values.keep, createSubject });
  console.log(describeReport(report));
  return report.findings.length === 0 ? 0 : 1;
}

function isFrom(least: number, value: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

/** Networks would stay behind, and processes that are stopped. */
function disposedOnSignals(subject: Subject): Subject {
  const dispose = async (): Promise<void> => {
    await subject[Symbol.asyncDispose]();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, dispose);
  return subject;
}
