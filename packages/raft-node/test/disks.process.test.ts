import { describe, expect, it } from 'vitest';
import { timelineOf } from './processes/failover.ts';
import { findFaults } from './processes/faults.ts';
import type { LedgerContent } from './processes/ledger.ts';
import type { NodeProcess } from './processes/node-process.ts';
import { ProcessCluster } from './processes/process-cluster.ts';
import { noSmallDisks, SmallDisk } from './processes/small-disk.ts';

const timeout = 90_000;
const clients = 8;
const kibibyte = 1024;
const first = 1;

/** Nodes of which the first leads, under load. */
async function startLedByFirst(cluster: ProcessCluster): Promise<void> {
  await cluster.startAll();
  const { leader } = await cluster.leadership();
  if (leader !== first) await cluster.node(leader).ask('transferLeadership', first);
  await cluster.load(clients);
}

/** What the nodes have told when a leader has gone, and how long it took to the next answer of the others. */
async function succession(others: readonly NodeProcess[], marks: readonly number[], lostMs: number, term: number) {
  const isLater = (event: { readonly term: number }): boolean => event.term > term;
  const answers = others.map((node, at) => node.event('acknowledged', isLater, marks[at]));
  const durationMs = (await Promise.race(answers)).atMs - lostMs;
  const roles = others.map((node, at) =>
    node.events.slice(marks[at]).flatMap((event) => (event.type === 'role' ? [event.role] : [])),
  );
  // Who is told to campaign by the leader itself makes no pre-vote, as one does after an election time-out.
  const isHandedOver = roles.some(([one, other]) => one === 'candidate' && other === 'leader');
  const timeline = timelineOf(new Map(others.map((node, at) => [node, marks[at] ?? 0])), lostMs).join('\n');
  return { durationMs, atOnce: isHandedOver || durationMs < electionTimeoutMs, timeline };
}

/** The shortest time in which silence is told from slowness: ten ticks of 100 ms. */
const electionTimeoutMs = 1000;

function expectToHave(
  { clients: entries, misplaced }: LedgerContent,
  acknowledged: Readonly<Record<string, number>>,
): void {
  expect(misplaced).toBe(0);
  for (const [client, number] of Object.entries(acknowledged)) {
    expect(entries[client] ?? 0, client).toBeGreaterThanOrEqual(number);
  }
}

const skipped = noSmallDisks === undefined ? '' : ` (skipped: ${noSmallDisks})`;

describe('three processes under load', { timeout }, () => {
  it.skipIf(noSmallDisks !== undefined)(
    `whose leader's disk fills up: it resigns and another leads at once; it says so, shows what it has, and takes part again when there is space${skipped}`,
    async ({ annotate }) => {
      await using cluster = await ProcessCluster.spawn();
      using disk = new SmallDisk(cluster.folderOf(first), 128 * kibibyte);
      await startLedByFirst(cluster);
      const full = cluster.node(first);
      const others = cluster.others(first);
      const { term } = await full.ask('status');
      const marks = others.map((node) => node.mark);

      const { atMs } = await full.event('storageFull', (event) => event.full);
      await full.event('log', ({ level, message }) => level === 'error' && message.startsWith('the log cannot grow'));
      const { durationMs, atOnce, timeline } = await succession(others, marks, atMs, term);
      await annotate(`an answer by another ${durationMs.toFixed(0)} ms after the disk was full`);
      expect(atOnce, timeline).toBe(true);
      await Promise.all(others.map((node) => node.ask('progress', 20 * clients)));
      expect(await full.ask('status')).toMatchObject({ phase: 'full', role: 'follower' });
      expectToHave(await full.ask('staleLedger'), full.acknowledged);
      const caughtUp = full.ask('ledger');

      const { mark } = full;
      disk.resize(64 * kibibyte * kibibyte);
      await full.event('storageFull', (event) => !event.full, mark);
      expectToHave(await caughtUp, full.acknowledged);
      await Promise.all(cluster.living.map((node) => node.ask('progress', 10 * clients)));
      expect(await full.ask('status')).toMatchObject({ phase: 'running' });
      expect(full.restarts).toBe(0);
      expect(await findFaults(cluster)).toEqual([]);
    },
  );

  it("whose leader's disk fails: it hands over before it ends, shows what it has, and takes part again after a restart", async ({
    annotate,
  }) => {
    await using cluster = await ProcessCluster.spawn();
    await startLedByFirst(cluster);
    const broken = cluster.node(first);
    const others = cluster.others(first);
    await Promise.all(cluster.living.map((node) => node.ask('progress', 20 * clients)));
    const { term } = await broken.ask('status');
    const marks = others.map((node) => node.mark);

    await broken.ask('breakDisk');
    const { atMs, code } = await broken.event('failed', () => true);
    expect(code).toBe('RAFT_NODE_STORAGE_FAILED');
    await broken.event('log', ({ level, message }) => level === 'error' && message.startsWith('the node has failed'));
    const { durationMs, atOnce, timeline } = await succession(others, marks, atMs, term);
    await annotate(`an answer by another ${durationMs.toFixed(0)} ms after the disk had failed`);
    expect(atOnce, timeline).toBe(true);
    expect(await broken.ask('status')).toMatchObject({ phase: 'failed', role: 'follower' });
    expectToHave(await broken.ask('staleLedger'), broken.acknowledged);
    await expect(broken.ask('ledger')).rejects.toThrow('the node has failed');

    await broken.kill();
    const again = await cluster.restart(first);
    await cluster.load(clients, [again]);
    await Promise.all(cluster.living.map((node) => node.ask('progress', 10 * clients)));
    expect(await findFaults(cluster)).toEqual([]);
  });
});
