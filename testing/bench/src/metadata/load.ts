import { Latencies, type LatencySummary } from '../statistics.ts';

/** A closed loop: so many operations at any time, each place making its next when it has its answer. */
export interface Load {
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** What was answered in the window. */
export interface LoadFigures {
  readonly operationsPerSecond: number;
  readonly latency: LatencySummary;
}

/** @param operate - makes one operation for a place from 0 to `inFlight` - 1; resolves with its answer */
export async function runLoad(
  { inFlight, warmUpMs, windowMs }: Load,
  operate: (place: number) => Promise<void>,
): Promise<LoadFigures> {
  const latencies = new Latencies();
  const fromMs = performance.now() + warmUpMs;
  const untilMs = fromMs + windowMs;
  let answered = 0;
  const run = async (place: number): Promise<void> => {
    for (let beganMs = performance.now(); beganMs < untilMs; ) {
      await operate(place);
      const endedMs = performance.now();
      if (endedMs >= fromMs && endedMs < untilMs) {
        answered++;
        latencies.add(endedMs - beganMs);
      }
      beganMs = endedMs;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, place) => run(place)));
  return { operationsPerSecond: answered / (windowMs / 1000), latency: latencies.summary() };
}
