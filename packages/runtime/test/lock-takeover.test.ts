import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNodeDisk } from '@streambus/runtime/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('the lock of createNodeDisk between processes', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'streambus-lock-'));
    path = join(folder, 'lock');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function holderProcess(): Promise<ReturnType<typeof spawn>> {
    const adapter = fileURLToPath(new URL('../src/node/index.ts', import.meta.url));
    const script = `
      import { createNodeDisk } from ${JSON.stringify(adapter)};
      await createNodeDisk().lock(process.argv[1]);
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  it('a living holder keeps it, and is named; after kill -9 it is taken over', async () => {
    const disk = createNodeDisk();
    const child = await holderProcess();
    await expect(disk.lock(path)).rejects.toMatchObject({
      code: 'DISK_LOCKED',
      message: expect.stringContaining(String(child.pid)),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await disk.lock(path);
    expect(await readFile(path, 'utf8')).toContain(String(process.pid));
    await lock.release();
  });
});
