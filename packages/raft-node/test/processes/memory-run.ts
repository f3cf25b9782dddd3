import { setTimeout as elapse } from 'node:timers/promises';
import { growthPerProposal } from './growth.ts';
import type { Holdings } from './holdings.ts';
import type { NodeProcess } from './node-process.ts';
import type { ProcessCluster } from './process-cluster.ts';

/** What a node held on to while proposals were made. */
export interface NodeSamples {
  readonly id: number;
  readonly samples: readonly Holdings[];
}

/** How much of something more there is with every proposal. */
export interface Growth {
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
  readonly descriptors: number;
}

/** This part of a run is not looked at: in it a process comes to its size. */
const warmUp = 1 / 5;
const pollMs = 50;

/**
 * Lets a cluster under load go on to so many entries, and measures every node so many times on the way, each time behind a snapshot: so the
 * log that is waiting for the next one, which comes and goes, is not in the figures.
 */
export async function sampleUnderLoad(
  cluster: ProcessCluster,
  run: {
    readonly entries: number;
    readonly samples: number;
    readonly onSample?: (samples: readonly Holdings[]) => void;
  },
): Promise<readonly NodeSamples[]> {
  const nodes = cluster.living.map((node) => ({ id: node.id, node, samples: [] as Holdings[] }));
  for (let sample = 1; sample <= run.samples; sample++) {
    await Promise.all(nodes.map(({ node }) => untilApplied(node, (run.entries * sample) / run.samples)));
    const held = await Promise.all(nodes.map(({ node }) => node.ask('holdings')));
    for (const [at, { samples }] of nodes.entries()) samples.push(held[at] as Holdings);
    run.onSample?.(held);
  }
  return nodes;
}

/** The trend of each figure after the first part of a run. */
export function growthOf({ samples }: NodeSamples): Growth {
  const counted = samples.slice(Math.floor(samples.length * warmUp));
  const trend = (figure: keyof Growth): number =>
    growthPerProposal(counted.map((held) => ({ proposals: held.entries, value: held[figure] })));
  return {
    heapBytes: trend('heapBytes'),
    arrayBufferBytes: trend('arrayBufferBytes'),
    descriptors: trend('descriptors'),
  };
}

async function untilApplied(node: NodeProcess, entries: number): Promise<void> {
  while ((await node.ask('entries')) < entries) await elapse(pollMs);
}
