import { constants, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeDisk } from './node-disk.ts';

/** The flags with which this process has a file open, as Linux tells them. */
function openFlagsOf(path: string): number[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      if (readlinkSync(`/proc/self/fd/${descriptor}`) !== path) return [];
      const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
      return [Number.parseInt(flags, 8)];
    } catch {
      // The descriptor by which the folder was read.
      return [];
    }
  });
}

describe('a file opened as durable', () => {
  it.skipIf(process.platform !== 'linux')(
    'has the system sync each write, on Linux (elsewhere a sync follows it)',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'node-disk-'));
      const path = join(folder, 'file');
      const disk = createNodeDisk();
      try {
        for (const mode of ['write', 'durable'] as const) {
          const file = await disk.open(path, mode);
          await file.write([Uint8Array.of(1)], 0);
          expect(openFlagsOf(path).map((flags) => (flags & constants.O_DSYNC) !== 0)).toEqual([mode === 'durable']);
          await file.close();
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
