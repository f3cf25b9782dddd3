import { describe, expect, it } from 'vitest';
import { noteBuffers } from './young-buffers.ts';

describe('young buffers', () => {
  it('are given back to the system without a full collection', () => {
    const usedBytes = (): number => process.memoryUsage().arrayBuffers;
    const before = usedBytes();
    for (let round = 0; round < 40; round++) {
      noteBuffers(new ArrayBuffer(1024 * 1024).byteLength);
    }
    // At most what came since the last collection is left.
    expect(usedBytes() - before).toBeLessThan(20 * 1024 * 1024);
  });

  it('are no reason to change what the process can see', () => {
    noteBuffers(1024 * 1024 * 1024);
    expect('gc' in globalThis).toBe(false);
  });
});
