import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { FilePool } from './file-pool.ts';

describe('a pool of files', () => {
  it('opens a file once for all who use it, and keeps it for the next one', async () => {
    const disk = createMemoryDisk();
    const pool = new FilePool(disk, 2);
    const [first, second] = await Promise.all([pool.acquire('/a', 'write'), pool.acquire('/a', 'read')]);
    expect(first.file).toBe(second.file);
    first.release();
    second.release();
    (await pool.acquire('/a', 'read')).release();
    expect(disk.operationCounts.open).toBe(1);
  });

  it('closes the one that was not used for longest, never one in use', async () => {
    const disk = createMemoryDisk();
    const pool = new FilePool(disk, 2);
    const kept = await pool.acquire('/kept', 'write');
    for (const path of ['/a', '/b', '/c']) (await pool.acquire(path, 'write')).release();
    expect(pool.openFiles).toBe(2);
    await kept.file.write([new Uint8Array(1)], 0);
    kept.release();
    (await pool.acquire('/c', 'write')).release();
    expect(disk.operationCounts.open).toBe(4);
  });

  it('forgets a file when its last user is done', async () => {
    const pool = new FilePool(createMemoryDisk(), 2);
    const lease = await pool.acquire('/a', 'write');
    const forgotten = pool.forget('/a');
    await lease.file.size();
    lease.release();
    await forgotten;
    await expect(lease.file.size()).rejects.toMatchObject({ code: 'DISK_CLOSED' });
    expect(pool.openFiles).toBe(0);
  });

  it('keeps nothing of a file that could not be opened', async () => {
    const pool = new FilePool(createMemoryDisk(), 2);
    await expect(pool.acquire('/none', 'read')).rejects.toMatchObject({ code: 'DISK_NOT_FOUND' });
    expect(pool.openFiles).toBe(0);
    (await pool.acquire('/none', 'write')).release();
  });
});
