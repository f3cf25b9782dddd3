import { afterAll, describe, expect, it } from 'vitest';
import { Swarm } from './support/swarm.ts';

const seeds = 80;
const seedsPerTest = 10;
const steps = 60;

/** What was told to anybody in any run. */
const seen = new Set<string>();
let runs = 0;

async function run(seed: number): Promise<readonly string[]> {
  const swarm = new Swarm(seed);
  try {
    await swarm.run(steps);
  } catch (cause) {
    throw new Error(`seed ${seed}: ${(cause as Error).message}\n${swarm.trace.slice(-40).join('\n')}`, { cause });
  }
  return swarm.trace;
}

describe('three to five nodes, with cables pulled, connections reset, processes killed and peers removed', () => {
  it.each(Array.from({ length: seeds / seedsPerTest }, (_, at) => at * seedsPerTest))(
    'seeds from %i on',
    async (first) => {
      for (let seed = first; seed < first + seedsPerTest; seed++) {
        runs++;
        for (const line of await run(seed)) seen.add(line.replace(/^\S+ \S+ /, '').replace(/ \d+/g, ''));
      }
    },
  );

  it('the same seed is the same run, and another seed another', async () => {
    const [one, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(one.length).toBeGreaterThan(100);
  });

  afterAll(() => {
    // Only some of the tests were asked for.
    if (runs < seeds) return;
    const told = ['up', 'gone', 'unreachable', 'room work', 'room snapshots'];
    const downs = ['stopped', 'reset', 'silent', 'replaced', 'removed', 'local-stop'].map((reason) => `down ${reason}`);
    expect([...seen]).toEqual(expect.arrayContaining([...told, ...downs]));
  });
});
