import { describe, expect, it } from 'vitest';
import { LogTail } from './log-tail.ts';
import { MemoryBudget } from './memory-budget.ts';

const frameBytes = 100;

function write(tail: LogTail, fromOffset: number, count: number): void {
  for (let offset = fromOffset; offset < fromOffset + count; offset++) {
    tail.push(
      { chunks: [new Uint8Array(frameBytes)], firstOffset: offset, nextOffset: offset + 1, maxTimestampMs: -1 },
      frameBytes,
    );
  }
  tail.beginWrite(count);
  tail.markWritten();
}

describe('the tail of a log', () => {
  it('holds no large buffer for small frames once others need the memory', () => {
    const budget = new MemoryBudget(1024 * 1024);
    const tail = new LogTail(budget, 1024 * 1024, 0);
    write(tail, 0, 2000);
    tail.shrink(Number.POSITIVE_INFINITY);
    expect(budget.usedBytes).toBe(0);
    write(tail, 2000, 1);
    const [chunk] = tail.read(2000, 2001, 1, true)?.chunks ?? [];
    expect(chunk?.length).toBe(frameBytes);
    expect(chunk?.buffer.byteLength).toBeLessThanOrEqual(4 * frameBytes);
  });
});
