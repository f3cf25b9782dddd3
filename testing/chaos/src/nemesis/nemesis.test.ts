import { describe, expect, it } from 'vitest';
import type { Fault } from './fault.ts';
import { injectFaults, type Victims } from './nemesis.ts';

function recordingVictims(down?: number): Victims & { readonly done: string[] } {
  const done: string[] = [];
  const note =
    (what: string) =>
    (...about: readonly number[]): void =>
      void done.push(`${what} ${about.join(' ')}`);
  return {
    done,
    nodes: [1, 2, 3],
    isWhole: (node) => node !== down,
    kill: note('kill'),
    restart: note('restart'),
    pause: note('pause'),
    resume: note('resume'),
    cut: note('cut'),
    mend: note('mend'),
  };
}

const planned = (atMs: number, untilMs: number, fault: Fault, maxStruck = 3) => ({
  kind: fault.type,
  maxStruck,
  atMs,
  untilMs,
  victims: fault.type === 'cut' ? [] : fault.nodes,
  fault,
});

describe('a nemesis', () => {
  it('does what the schedule says and takes all of it back, in the order of the times', async () => {
    const victims = recordingVictims();
    const faults = [
      planned(0, 60, { type: 'kill', nodes: [1, 3] }),
      planned(20, 40, { type: 'pause', nodes: [2] }),
      planned(80, 100, { type: 'cut', links: [[1, 2]] }),
    ];
    const { counts, journal } = await injectFaults({ durationMs: 120, phases: [], faults }, victims);
    expect(victims.done).toEqual([
      'kill 1',
      'kill 3',
      'pause 2',
      'resume 2',
      'restart 1',
      'restart 3',
      'cut 1 2',
      'mend 1 2',
    ]);
    expect(counts).toEqual({ kill: 1, pause: 1, cut: 1 });
    expect(journal.map(({ what }) => what)).toEqual([
      'kill 1 3',
      'pause 2',
      'end of pause 2',
      'end of kill 1 3',
      'cut 1>2',
      'end of cut 1>2',
      'everything is whole',
    ]);
  });

  it('leaves out what would strike more nodes than it may, as one has not come back yet', async () => {
    const victims = recordingVictims(3);
    const faults = [planned(0, 20, { type: 'kill', nodes: [1] }, 1), planned(10, 30, { type: 'kill', nodes: [3] }, 1)];
    const { counts } = await injectFaults({ durationMs: 40, phases: [], faults }, victims);
    expect(victims.done).toEqual(['kill 3', 'restart 3']);
    expect(counts).toEqual({ kill: 1, 'left out': 1 });
  });
});
