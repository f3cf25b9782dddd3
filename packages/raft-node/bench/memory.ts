/**
 * Three processes that take millions of proposals, many at a time, with snapshots on: whether anything is left of them in memory, among the
 * open files or on the disk.
 *
 *     pnpm --filter @streambus/raft-node memory [--proposals 10000000] [--clients 256] [--samples 50]
 *
 * A process is measured after a snapshot and a full collection. What counts is the trend of what is left then, from the second tenth of the run
 * on, per proposal. The least that something can leave behind of every proposal is one slot of 8 bytes, in an array or as a field; what is left
 * of every batch, of ten proposals or more, is an object of 24 bytes or more. So a trend of a byte is a leak, and less than that is
 * none that a run of this length can tell from how full the queues happened to be. In a run of less than a million proposals the engine itself
 * is not yet at rest, which alone makes several bytes of each: then the figures are printed and nothing is concluded.
 */
import { parseArgs } from 'node:util';
import { findFaults } from '../test/processes/faults.ts';
import type { Holdings } from '../test/processes/holdings.ts';
import { growthOf, type NodeSamples, sampleUnderLoad } from '../test/processes/memory-run.ts';
import { ProcessCluster } from '../test/processes/process-cluster.ts';
import { conclude } from './figures.ts';

const maxBytesPerProposal = 1;
const minProposals = 1_000_000;
/** A snapshot is due after 16 MiB of entries, and the log goes in files of 8 MiB, of which one at each end may be needed in part. */
const maxDiskBytes = 32 * 1024 * 1024;
/** A file is open or on the disk for some thousands of entries: not one more may stay for every hundred thousand of them. */
const maxDescriptorsPerProposal = 1e-5;

const { values } = parseArgs({
  options: {
    proposals: { type: 'string', default: '10000000' },
    clients: { type: 'string', default: '256' },
    samples: { type: 'string', default: '50' },
  },
});
const mebibyte = 1024 * 1024;

await using cluster = await ProcessCluster.start({ flags: ['--expose-gc'] });
await cluster.load(Number(values.clients));
const before = await cluster.leadership();
const startMs = performance.now();
console.log('proposals | per node: heap, buffers, resident, disk (MiB), descriptors');
const nodes = await sampleUnderLoad(cluster, {
  entries: Number(values.proposals),
  samples: Number(values.samples),
  onSample: (held) => console.log(`${held[0]?.entries} | ${held.map(row).join(' | ')}`),
});
const seconds = (performance.now() - startMs) / 1000;
console.log(`${Math.round(Number(values.proposals) / seconds)} proposals a second for ${seconds.toFixed(0)} s`);
const after = await cluster.leadership();
if (after.term !== before.term) console.log(`${after.term - before.term} elections`);
const leaks = nodes.flatMap(judge);
const isLong = Number(values.proposals) >= minProposals;
if (!isLong) console.log(`what grows is told from the engine's own warming up by ${minProposals} proposals or more`);
conclude([...(isLong ? leaks : []), ...(await findFaults(cluster))]);

function row({ heapBytes, arrayBufferBytes, rssBytes, diskBytes, descriptors }: Holdings): string {
  const figures = [heapBytes, arrayBufferBytes, rssBytes, diskBytes].map((bytes) => (bytes / mebibyte).toFixed(1));
  return `${figures.join(' ')} ${descriptors}`;
}

/** Prints a node's trend. @returns what is wrong with it */
function judge(node: NodeSamples): readonly string[] {
  const growth = growthOf(node);
  const bounds = {
    heapBytes: maxBytesPerProposal,
    arrayBufferBytes: maxBytesPerProposal,
    descriptors: maxDescriptorsPerProposal,
  };
  const names = Object.keys(bounds) as (keyof typeof bounds)[];
  const figures = names.map((name) => `${name} ${growth[name].toExponential(1)} (less than ${bounds[name]})`);
  const faults = names.flatMap((name) =>
    growth[name] < bounds[name] ? [] : [`${name} of node ${node.id} grow by ${growth[name]} with every proposal`],
  );
  const diskBytes = Math.max(...node.samples.map((held) => held.diskBytes));
  if (diskBytes > maxDiskBytes) faults.push(`node ${node.id} had ${diskBytes} bytes on the disk`);
  const onDisk = `at most ${(diskBytes / mebibyte).toFixed(1)} MiB on the disk (${maxDiskBytes / mebibyte})`;
  console.log(
    `node ${node.id}: growth per proposal: ${figures.join(', ')}; ${onDisk}: ${faults.length === 0 ? 'flat' : 'GROWS'}`,
  );
  return faults;
}
