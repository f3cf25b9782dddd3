/**
 * Proposals per second and their latency on a real folder with real syncs, beside the bare disk's own write and sync in the same run, and the time
 * from `start` to leader on an empty folder.
 *
 *     node --conditions=@streambus/source bench/propose.ts [--json]
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRaftNode, type RaftNode, type StateMachine } from '@streambus/raft-node';
import { createNodeDisk, nodeClock, nodeRandom } from '@streambus/runtime/node';

const entryBytes = 256;
const runMs = 3_000;
const startRounds = 15;

interface Row {
  readonly what: string;
  /** Undefined where that is not the question. */
  readonly perSecond: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const answer = new Uint8Array(8);
const counter: StateMachine = { apply: () => answer, snapshot: () => answer, restore: () => {} };

function createNode(folder: string): RaftNode {
  return createRaftNode(
    { clusterId: 'bench', nodeId: 1, storage: { folder } },
    { disk: createNodeDisk(), clock: nodeClock, random: nodeRandom, stateMachine: counter },
  );
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

function row(what: string, durationsMs: number[], elapsedMs?: number): Row {
  durationsMs.sort((a, b) => a - b);
  const perSecond = elapsedMs === undefined ? undefined : Math.round((durationsMs.length / elapsedMs) * 1000);
  return { what, perSecond, p50Ms: quantile(durationsMs, 0.5), p99Ms: quantile(durationsMs, 0.99) };
}

/** One write and one sync after the other, as fast as the disk goes: what no node with one proposal in flight can beat. */
async function measureDisk(folder: string, sizeBytes: number): Promise<Row> {
  const file = await createNodeDisk().open(join(folder, `bare-${sizeBytes}`), 'create');
  const chunk = new Uint8Array(sizeBytes).fill(7);
  const durationsMs: number[] = [];
  const startMs = performance.now();
  let position = 0;
  for (let nowMs = startMs; nowMs - startMs < runMs; nowMs = performance.now()) {
    await file.write([chunk], position);
    await file.sync();
    position += sizeBytes;
    durationsMs.push(performance.now() - nowMs);
  }
  await file.close();
  return row(`bare disk: write ${sizeBytes} B, fdatasync`, durationsMs, performance.now() - startMs);
}

async function measureProposals(folder: string, inFlight: number): Promise<Row> {
  const node = createNode(join(folder, `node-${inFlight}`));
  await node.start();
  await node.readBarrier();
  const data = new Uint8Array(entryBytes).fill(7);
  const durationsMs: number[] = [];
  const startMs = performance.now();
  const client = async (): Promise<void> => {
    for (let nowMs = performance.now(); nowMs - startMs < runMs; nowMs = performance.now()) {
      await node.propose(data);
      durationsMs.push(performance.now() - nowMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  const elapsedMs = performance.now() - startMs;
  await node.stop();
  return row(`propose, ${inFlight} in flight`, durationsMs, elapsedMs);
}

async function measureStart(folder: string, again: boolean): Promise<Row> {
  const durationsMs: number[] = [];
  for (let round = 0; round < startRounds; round++) {
    const node = createNode(join(folder, again ? 'start-again' : `start-${round}`));
    const startMs = performance.now();
    await node.start();
    await node.readBarrier();
    durationsMs.push(performance.now() - startMs);
    await node.stop();
  }
  return row(`start to leader, ${again ? 'existing' : 'empty'} folder`, again ? durationsMs.slice(1) : durationsMs);
}

const folder = fs.mkdtempSync(join(tmpdir(), 'raft-node-bench-'));
const rows: Row[] = [];
try {
  rows.push(await measureStart(folder, false), await measureStart(folder, true));
  rows.push(await measureDisk(folder, entryBytes), await measureDisk(folder, 64 * entryBytes));
  for (const inFlight of [1, 64, 1024]) rows.push(await measureProposals(folder, inFlight));
} finally {
  fs.rmSync(folder, { recursive: true });
}
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows)}\n`);
else
  console.table(
    rows.map(({ p50Ms, p99Ms, ...rest }) => ({ ...rest, p50Ms: p50Ms.toFixed(3), p99Ms: p99Ms.toFixed(3) })),
  );
