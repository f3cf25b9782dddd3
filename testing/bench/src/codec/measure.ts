/** One thing to be timed. It may be asynchronous where the peer's own function is. */
export type Work = () => unknown;

/**
 * Times how long each piece of work keeps its thread busy; all in turn, several times, the least disturbed sample of each.
 * Time on the processor, not on the wall, so that a busy machine says the same.
 */
export async function measureTogether(works: readonly Work[]): Promise<number[]> {
  const counts: number[] = [];
  for (const work of works) counts.push(await calibrate(work));
  const samples: number[][] = works.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      samples[index]?.push(await nanosecondsPerCall(work, counts[index] ?? 1));
    }
  }
  return samples.map((times) => Math.min(...times));
}

const rounds = 15;
const sampleMs = 30;

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
  const before = process.threadCpuUsage();
  if (asynchronous) for (let call = 0; call < calls; call++) kept.result = await work();
  else for (let call = 0; call < calls; call++) kept.result = work();
  const { user, system } = process.threadCpuUsage(before);
  return ((user + system) * 1000) / calls;
}

/** Keeps results reachable, so that no work is optimised away. */
const kept: { result: unknown } = { result: undefined };
