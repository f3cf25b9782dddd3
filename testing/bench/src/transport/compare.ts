import { median, medianRatio, relativeSpread } from '../statistics.ts';
import type { ContenderName } from './contenders.ts';
import { measurePair, type Pair, type PairFigures, startPair } from './pair.ts';
import type { NamedLoad, Plan } from './plan.ts';

interface Entry {
  readonly name: string;
  readonly contender: ContenderName;
  readonly isSecured: boolean;
}

/** Who runs in one comparison. */
export const entries = [
  { name: 'node:net', contender: 'bare', isSecured: false },
  { name: 'StreamBus', contender: 'streambus', isSecured: false },
  { name: 'gRPC-js', contender: 'grpc', isSecured: false },
  { name: 'node:tls', contender: 'bare', isSecured: true },
  { name: 'StreamBus, TLS', contender: 'streambus', isSecured: true },
] as const satisfies readonly Entry[];

export type EntryName = (typeof entries)[number]['name'];

/** What one of them did. */
export interface EntryFigures extends PairFigures {
  readonly name: EntryName;
  /** How far the middle half of the rounds reaches, as a share of their median. */
  readonly spread: number;
  /** Of every round. */
  readonly rates: readonly number[];
}

/** All of them under one load. */
export interface Comparison {
  readonly load: string;
  readonly entries: readonly EntryFigures[];
}

/** Gives each the same load, in turns, each in processes of its own. */
export async function compare(load: NamedLoad, plan: Plan): Promise<Comparison> {
  await using stack = new AsyncDisposableStack();
  const pairs: Pair[] = [];
  for (const { contender, isSecured } of entries) {
    const pair = stack.use(await startPair(contender, isSecured, `${load.work}-${load.messageBytes}`));
    await measurePair(pair, load, 0, plan.compileMs);
    pairs.push(pair);
  }
  const rounds: PairFigures[][] = entries.map(() => []);
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, pair] of pairs.entries()) {
      rounds[index]?.push(await measurePair(pair, load, plan.warmUpMs, plan.windowMs));
    }
  }
  return { load: load.name, entries: entries.map(({ name }, index) => summary(name, rounds[index] ?? [])) };
}

/** How often as fast one is as another: the middle of the rounds. */
export function speedRatio({ entries: compared }: Comparison, fast: EntryName, slow: EntryName): number {
  const ratesOf = (wanted: EntryName): readonly number[] => compared.find(({ name }) => name === wanted)?.rates ?? [];
  return medianRatio(ratesOf(fast), ratesOf(slow));
}

function summary(name: EntryName, rounds: readonly PairFigures[]): EntryFigures {
  const middle = (value: (figures: PairFigures) => number): number => median(rounds.map(value));
  const rates = rounds.map(({ messagesPerSecond }) => messagesPerSecond);
  return {
    name,
    rates,
    spread: relativeSpread(rates),
    messagesPerSecond: median(rates),
    bytesPerSecond: middle(({ bytesPerSecond }) => bytesPerSecond),
    p50Us: middle(({ p50Us }) => p50Us),
    p99Us: middle(({ p99Us }) => p99Us),
    diallerSecondsPerMillion: middle(({ diallerSecondsPerMillion }) => diallerSecondsPerMillion),
    listenerSecondsPerMillion: middle(({ listenerSecondsPerMillion }) => listenerSecondsPerMillion),
    diallerResidentBytes: middle(({ diallerResidentBytes }) => diallerResidentBytes),
    listenerResidentBytes: middle(({ listenerResidentBytes }) => listenerResidentBytes),
    metricsReadsPerSecond: middle(({ metricsReadsPerSecond }) => metricsReadsPerSecond),
  };
}
