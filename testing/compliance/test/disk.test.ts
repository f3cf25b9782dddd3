import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeDisk } from '@streambus/runtime/node';
import { createMemoryDisk } from '@streambus/runtime/testing';
import { describeDiskCompliance } from '../src/index.ts';

describeDiskCompliance('createNodeDisk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-disk-'));
  return { disk: createNodeDisk(), folder, dispose: () => rm(folder, { recursive: true, force: true }) };
});

describeDiskCompliance('createMemoryDisk', async () => ({
  disk: createMemoryDisk({ directories: ['/test/folder'] }),
  folder: '/test/folder',
  dispose: async () => {},
}));
