import { describe, expect, it } from 'vitest';
import { BufferedMemory, type BufferHolder } from './buffered-memory.ts';

class Holder implements BufferHolder {
  bufferedBytes: number;
  isEvicted = false;

  constructor(bytes: number) {
    this.bufferedBytes = bytes;
  }

  evict(): void {
    this.isEvicted = true;
    this.bufferedBytes = 0;
  }
}

describe('buffered memory', () => {
  it('leaves everyone alone while what is held is within the limit, however much has passed', () => {
    const holder = new Holder(90);
    const memory = new BufferedMemory(100, () => [holder]);
    for (let round = 0; round < 1000; round++) memory.add(50);
    expect(holder.isEvicted).toBe(false);
  });

  it('ends those that hold most until half is free', () => {
    const holders = [10, 40, 1, 30, 25].map((bytes) => new Holder(bytes));
    const memory = new BufferedMemory(100, () => holders);
    memory.add(106);
    expect(holders.map(({ isEvicted }) => isEvicted)).toEqual([false, true, false, true, false]);
    expect(memory.usedBytes).toBe(36);
  });

  it('gives an answer a quarter of what is free, and less when answers are under way', () => {
    const memory = new BufferedMemory(1000, () => []);
    expect(memory.reserve(100)).toBe(100);
    expect(memory.reserve(10_000)).toBe(225);
    expect(memory.reserve(10_000)).toBe(168);
    memory.release(100 + 225 + 168);
    expect(memory.usedBytes).toBe(0);
  });

  it('gives nothing when nothing is free', () => {
    const memory = new BufferedMemory(1000, () => [new Holder(1000)]);
    memory.add(1000);
    expect(memory.reserve(10)).toBe(0);
  });

  it('counts again before it gives little', () => {
    const holder = new Holder(900);
    const memory = new BufferedMemory(1000, () => [holder]);
    memory.add(900);
    holder.bufferedBytes = 0;
    expect(memory.reserve(1000)).toBe(250);
  });
});
