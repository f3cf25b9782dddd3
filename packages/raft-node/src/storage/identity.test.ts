import { readWholeFile, replaceFile } from '@streambus/runtime';
import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { assertSameIdentity, readIdentity, writeIdentity } from './identity.ts';

const identity = { clusterId: 'münchen', nodeId: 7, firstVoters: [7], storageId: 'a7' };

describe('the identity file', () => {
  it('is read as it was written, after a loss of power too', async () => {
    const disk = createMemoryDisk();
    await writeIdentity(disk, '/identity', identity);
    disk.crash('unsynced');
    expect(await readIdentity(disk, '/identity')).toEqual(identity);
  });

  it('may be missing', async () => {
    expect(await readIdentity(createMemoryDisk(), '/identity')).toBeUndefined();
  });

  it('with any byte changed is refused as damaged', async () => {
    const disk = createMemoryDisk();
    await writeIdentity(disk, '/identity', identity);
    const content = await readWholeFile(disk, '/identity');
    for (let at = 0; at < content.length - 1; at++) {
      const changed = content.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      await replaceFile(disk, '/identity', changed);
      await expect(readIdentity(disk, '/identity')).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED' });
    }
  });

  it('names what does not fit', () => {
    expect(() => assertSameIdentity('/f/identity', identity, 'wien', 8)).toThrow(
      '/f/identity belongs to cluster "münchen", not "wien" and node 7, not 8',
    );
    expect(() => assertSameIdentity('/f/identity', identity, 'münchen', 7)).not.toThrow();
  });
});
