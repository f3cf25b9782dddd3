import { closeSync, fdatasyncSync, openSync, unlinkSync, writevSync } from 'node:fs';
import type { FlushPolicy } from './plan.ts';

/**
 * What the disk gives when nobody else asks anything: groups of the same bytes, one after the other.
 *
 * @param chunks - one group: what a server with everything under way could write at once
 * @returns bytes per second; with `acked` each group is synced
 */
export function measureDisk(path: string, chunks: readonly Buffer[], policy: FlushPolicy, windowMs: number): number {
  const groupBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const descriptor = openSync(path, 'w');
  let bytes = 0;
  try {
    const startedMs = performance.now();
    let nowMs = startedMs;
    let syncedMs = startedMs;
    while (nowMs - startedMs < windowMs) {
      const written = writevSync(descriptor, chunks);
      if (written !== groupBytes) throw new Error(`wrote ${written} of ${groupBytes} bytes`);
      if (policy === 'acked' || (policy === 'interval' && nowMs - syncedMs >= 1000)) {
        fdatasyncSync(descriptor);
        syncedMs = nowMs;
      }
      bytes += groupBytes;
      nowMs = performance.now();
    }
    return bytes / ((nowMs - startedMs) / 1000);
  } finally {
    closeSync(descriptor);
    unlinkSync(path);
  }
}
