import { processorMs, residentBytes } from '../broker/process-usage.ts';
import { median, relativeSpread } from '../statistics.ts';
import { type Contender, type WayIn, waysIn } from './contender.ts';
import type { Load } from './load.ts';
import { depths, type Plan } from './plan.ts';

/** What one round of one cell gave. */
interface Round {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Processor time that an operation takes, in the process that makes the load and in the members that are another. */
  readonly clientUs: number;
  readonly othersUs: number;
}

/** One contender at one way in with so many operations in flight: the middle of its rounds. */
export interface Cell extends Round {
  readonly contender: string;
  readonly wayIn: WayIn;
  readonly inFlight: number;
  /** How far the middle half of the rounds' rates reaches, as a share of their median. */
  readonly spread: number;
  readonly rounds: readonly Round[];
  /** Of the largest member, after the last round. */
  readonly residentBytes: number;
}

/** Loads every contender at every way in and depth, in turns, so that what disturbs the machine disturbs all. */
export async function compare(contenders: readonly Contender[], plan: Plan): Promise<Cell[]> {
  const runs = contenders.flatMap((contender) => waysIn.map((wayIn) => ({ contender, wayIn })));
  for (const { contender, wayIn } of runs) {
    await contender.load(wayIn, { inFlight: 64, warmUpMs: 0, windowMs: plan.compileMs });
  }
  const cells: Cell[] = [];
  for (const inFlight of depths) {
    const rounds = runs.map((): Round[] => []);
    for (let round = 0; round < plan.rounds; round++) {
      for (const [index, { contender, wayIn }] of runs.entries()) {
        rounds[index]?.push(await measure(contender, wayIn, { inFlight, ...plan }));
      }
    }
    for (const [index, { contender, wayIn }] of runs.entries()) {
      cells.push(summary(contender, wayIn, inFlight, rounds[index] ?? []));
    }
  }
  return cells;
}

async function measure(contender: Contender, wayIn: WayIn, load: Load): Promise<Round> {
  const client = contender.clientPid(wayIn);
  const others = contender.pids.filter((pid) => pid !== client);
  const usedMs = (): number[] => [client, ...others].map((pid) => processorMs(pid));
  const before = usedMs();
  const beganMs = performance.now();
  const { operationsPerSecond, latency } = await contender.load(wayIn, load);
  const tookMs = performance.now() - beganMs;
  const [clientMs = Number.NaN, ...othersMs] = usedMs().map((ms, index) => ms - (before[index] ?? Number.NaN));
  // The load runs during the warm-up too, at about the same rate.
  const operations = operationsPerSecond * (Math.min(tookMs, load.warmUpMs + load.windowMs) / 1000);
  const { p50Ms, p99Ms, p999Ms } = latency;
  const perOperationUs = (ms: number): number => (ms * 1000) / operations;
  const othersUs = perOperationUs(othersMs.reduce((sum, ms) => sum + ms, 0));
  return { operationsPerSecond, p50Ms, p99Ms, p999Ms, clientUs: perOperationUs(clientMs), othersUs };
}

function summary(contender: Contender, wayIn: WayIn, inFlight: number, rounds: readonly Round[]): Cell {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  return {
    contender: contender.name,
    wayIn,
    inFlight,
    operationsPerSecond: middle((round) => round.operationsPerSecond),
    spread: relativeSpread(rounds.map((round) => round.operationsPerSecond)),
    p50Ms: middle((round) => round.p50Ms),
    p99Ms: middle((round) => round.p99Ms),
    p999Ms: middle((round) => round.p999Ms),
    clientUs: middle((round) => round.clientUs),
    othersUs: middle((round) => round.othersUs),
    rounds,
    residentBytes: Math.max(...contender.pids.map((pid) => residentBytes(pid))),
  };
}
