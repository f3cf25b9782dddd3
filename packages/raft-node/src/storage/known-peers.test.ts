import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { openKnownPeers } from './known-peers.ts';

const path = '/raft/peers';

async function emptyDisk() {
  const disk = createMemoryDisk();
  await disk.makeDirectory('/raft');
  await disk.syncDirectory('/');
  return disk;
}

describe('known peers', () => {
  it('are known after a loss of power, until they are forgotten', async () => {
    const disk = await emptyDisk();
    const peers = await openKnownPeers(disk, path);
    await Promise.all([peers.remember(2, 'two'), peers.remember(3, 'three'), peers.remember(1, 'one')]);
    disk.crash();
    const again = await openKnownPeers(disk, path);
    expect([1, 2, 3].map((peer) => again.storageIdOf(peer))).toEqual(['one', 'two', 'three']);
    await again.forget(2);
    disk.crash();
    const last = await openKnownPeers(disk, path);
    expect([1, 2, 3].map((peer) => last.storageIdOf(peer))).toEqual(['one', undefined, 'three']);
  });

  it('are not known before they are written down: on a full disk not at all, and when asked again there is space', async () => {
    const disk = await emptyDisk();
    const peers = await openKnownPeers(disk, path);
    disk.setCapacity(disk.usedBytes);
    const remembered = peers.remember(2, 'two');
    expect(peers.storageIdOf(2)).toBeUndefined();
    await expect(remembered).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(peers.storageIdOf(2)).toBeUndefined();
    disk.setCapacity(2 ** 30);
    await peers.remember(2, 'two');
    disk.crash();
    expect((await openKnownPeers(disk, path)).storageIdOf(2)).toBe('two');
  });

  it('that are forgotten are so at once, and may come back with another storage', async () => {
    const disk = await emptyDisk();
    const peers = await openKnownPeers(disk, path);
    await peers.remember(2, 'two');
    const forgotten = peers.forget(2);
    expect(peers.storageIdOf(2)).toBeUndefined();
    await Promise.all([forgotten, peers.remember(2, 'another')]);
    expect(peers.storageIdOf(2)).toBe('another');
    disk.crash();
    expect((await openKnownPeers(disk, path)).storageIdOf(2)).toBe('another');
  });

  it.each([0, 5])('of a file in which byte %i was changed are refused, with file and byte', async (at) => {
    const disk = await emptyDisk();
    await (await openKnownPeers(disk, path)).remember(2, 'two');
    const file = await disk.open(path, 'write');
    await file.write([new TextEncoder().encode('#')], at);
    const damaged = { code: 'RAFT_NODE_STORAGE_DAMAGED', file: path, position: 0 };
    await expect(openKnownPeers(disk, path)).rejects.toMatchObject(damaged);
  });
});
