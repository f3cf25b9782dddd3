import { createRaftNode, type RaftNode } from '@streambus/raft-node';
import { silentLogger } from '@streambus/runtime';
import { createNodeDisk, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTally } from './tally.ts';

/*
 * A process with one node on a folder, which takes a {@link RecoveryTask} as JSON. It writes and waits to be killed, or starts on what is there, and
 * tells how long that takes.
 */

/** What the process is for. */
export interface RecoveryTask {
  readonly folder: string;
  readonly snapshotAfterEntries?: number;
  /** Absent: it only starts. */
  readonly write?: {
    readonly entries: number;
    readonly entryBytes: number;
    /** Each in a session of its own. */
    readonly clients: number;
    /** Proposals of each client at a time: the more, the fewer and larger the records of the log. */
    readonly outstanding: number;
  };
}

/** What a start came to. */
export interface RecoveryFigures {
  /** From `start()` until it resolved: the log is read, and the node takes part. */
  readonly readyMs: number;
  /** The processor's time in it, of all of the process's threads: what is left of {@link readyMs} where nobody else wants the machine. */
  readonly readyCpuMs: number;
  /** From `start()` until the state machine had every entry. */
  readonly appliedMs: number;
  /** What `start()` spent on what, as the node's log has it. */
  readonly phasesMs: Readonly<Record<string, number>>;
  /** Entries in the state machine. */
  readonly entries: number;
}

const { folder, snapshotAfterEntries, write } = JSON.parse(process.argv[2] ?? '') as RecoveryTask;
const tally = createTally();
const phasesMs: Record<string, number> = {};
const logger = {
  ...silentLogger,
  child: () => logger,
  info(fields: Readonly<Record<string, unknown>>) {
    for (const [name, value] of Object.entries(fields)) {
      if (name.endsWith('Ms') && typeof value === 'number') phasesMs[name] = value;
    }
  },
};
const node = createRaftNode(
  {
    clusterId: 'recovery',
    nodeId: 1,
    storage: { folder },
    ...(snapshotAfterEntries === undefined ? {} : { snapshotAfterEntries, snapshotAfterBytes: 2 ** 30 }),
  },
  { disk: createNodeDisk(), clock: nodeClock, random: nodeRandom, stateMachine: tally, logger },
);
const startMs = performance.now();
const cpuBefore = process.cpuUsage();
await node.start();
const readyMs = performance.now() - startMs;
const { user, system } = process.cpuUsage(cpuBefore);
const readyCpuMs = (user + system) / 1000;
await node.readBarrier();
const appliedMs = performance.now() - startMs;
if (write !== undefined) await propose(node, write);
const figures: RecoveryFigures = { readyMs, readyCpuMs, appliedMs, phasesMs, entries: tally.entries };
process.stdout.write(`${JSON.stringify(figures)}\n`);
if (write === undefined) await node.stop();

async function propose(
  into: RaftNode,
  { entries, entryBytes, clients, outstanding }: NonNullable<RecoveryTask['write']>,
): Promise<void> {
  let left = entries;
  const data = new Uint8Array(entryBytes).fill(7);
  const run = async (): Promise<void> => {
    const session = await into.openSession({ maxOutstanding: outstanding });
    while (left > 0) {
      const some = Math.min(left, outstanding);
      left -= some;
      await Promise.all(Array.from({ length: some }, () => session.prepare(data).submit()));
    }
  };
  await Promise.all(Array.from({ length: clients }, run));
}
