/** What was measured beside what is wanted. */
export interface Aim {
  readonly medianMs: number;
  readonly worstMs: number;
}

/** One line: how many, median and worst, each beside its aim, and whether both are met. */
export function summary(what: string, durationsMs: readonly number[], aim: Aim): string {
  const sorted = durationsMs.toSorted((one, other) => one - other);
  const medianMs = sorted[sorted.length >>> 1] ?? 0;
  const worstMs = sorted.at(-1) ?? 0;
  const isMet = medianMs <= aim.medianMs && worstMs <= aim.worstMs;
  const figures = `median ${medianMs.toFixed(0)} ms (aim ${aim.medianMs}), worst ${worstMs.toFixed(0)} ms (aim ${aim.worstMs})`;
  return `${what}, ${sorted.length} times: ${figures}: ${isMet ? 'met' : 'missed'}`;
}

/** Ends a command: prints what is wrong, if anything is. */
export function conclude(faults: readonly string[]): void {
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else console.log('nothing acknowledged is lost, nothing applied twice, one order on all nodes');
}
