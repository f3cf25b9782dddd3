import { describe, expect, it } from 'vitest';
import { chunkBytes } from './snapshots/chunk-store.ts';
import { SnapshotProcesses } from './snapshots/snapshot-processes.ts';

const mebibyte = 1024 * 1024;
const stateBytes = Number(process.env['SNAPSHOT_MEBIBYTES'] ?? 64) * mebibyte;
const frameBytes = chunkBytes + 100;
/** Few, so that only few entries stay behind a snapshot. */
const raft = { snapshotAfterEntries: 400 };

describe('a snapshot between processes', () => {
  it(`of ${stateBytes / mebibyte} MiB, whose receiver is killed half-way, goes on where it was, and gives the same state`, async () => {
    await using cluster = await SnapshotProcesses.create(3, 3);
    for (const id of [1, 2, 3]) await cluster.start(id, { raft });
    const laggard = 1 + ((await cluster.leader([1, 2, 3])) % 3);
    await cluster.node(laggard).kill();
    const living = [1, 2, 3].filter((id) => id !== laggard);
    const leader = cluster.node(await cluster.leader(living));
    await leader.until(({ transfers }) => transfers.length === 0);
    // For one that was heard a moment ago the leader would keep its log.
    await leader.until(({ heard }) => !heard.includes(laggard));
    await leader.ask('fill', 0, stateBytes / chunkBytes);
    const index = await leader.ask('takeSnapshot');

    const killed = await cluster.start(laggard, { raft, killAtBytes: stateBytes / 2 });
    expect(await killed.ended).toBe('SIGKILL');
    const again = await cluster.start(laggard, { raft });
    const { finished } = await again.until(({ applied, finished }) => finished.length > 0 && applied >= index);
    const [received] = finished;
    expect(finished.length).toBe(1);
    expect(received).toMatchObject({ direction: 'receiving', index, doneBytes: received?.sizeBytes });
    expect(received?.resumedFromBytes).toBeGreaterThanOrEqual(stateBytes / 2 - frameBytes);

    const { finished: sent } = await leader.until((status) => status.finished.length > 0);
    expect(sent.map(({ resumedFromBytes }) => resumedFromBytes)).toEqual([received?.resumedFromBytes]);
    const { applied } = await leader.ask('status');
    await again.until((status) => status.applied >= applied);
    expect(await again.ask('digest')).toBe(await leader.ask('digest'));
  }, 120_000);
});
