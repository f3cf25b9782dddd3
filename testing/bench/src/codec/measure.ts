/** One thing to be timed. It may be asynchronous where the peer's own function is. */
export type Work = () => unknown;

/** Times how long each piece of work takes; all in turn, several times, so that a busy moment hits none alone. */
export async function measureTogether(works: readonly Work[]): Promise<number[]> {
  const counts: number[] = [];
  for (const work of works) counts.push(await calibrate(work));
  const samples: number[][] = works.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      samples[index]?.push(await nanosecondsPerCall(work, counts[index] ?? 1));
    }
  }
  return samples.map(median);
}

const rounds = 7;
const sampleMs = 60;

/** How many calls fill a sample, after enough of them that the code is compiled. */
async function calibrate(work: Work): Promise<number> {
  await nanosecondsPerCall(work, 200);
  let calls = 200;
  for (;;) {
    const ms = ((await nanosecondsPerCall(work, calls)) * calls) / 1e6;
    if (ms >= sampleMs / 2) return Math.max(1, Math.round((calls * sampleMs) / ms));
    calls *= 2;
  }
}

async function nanosecondsPerCall(work: Work, calls: number): Promise<number> {
  const asynchronous = work() instanceof Promise;
  const start = performance.now();
  if (asynchronous) for (let call = 0; call < calls; call++) sink = await work();
  else for (let call = 0; call < calls; call++) sink = work();
  return ((performance.now() - start) * 1e6) / calls;
}

/** Keeps results reachable, so that no work is optimised away. */
export let sink: unknown;

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
