import { describe, expect, it } from 'vitest';
import { LogExtent } from './log-extent.ts';

function extent(): LogExtent {
  const runs = new LogExtent();
  runs.add(0, 10, 100);
  runs.add(1, 0, 5);
  runs.add(2, 20, 100);
  runs.add(3, 30, 100);
  return runs;
}

describe('the extent of a log', () => {
  it('counts what no snapshot covers', () => {
    const runs = extent();
    expect(runs.uncoveredBytes).toBe(305);
    runs.cover(19);
    expect(runs.uncoveredBytes).toBe(200);
    runs.cover(30);
    expect(runs.uncoveredBytes).toBe(0);
    runs.add(4, 31, 7);
    expect(runs.uncoveredBytes).toBe(7);
  });

  it('drops what is covered and lies wholly below an index', () => {
    const runs = extent();
    runs.cover(20);
    expect(runs.dropThrough(19)).toBe(2);
    expect(runs.dropThrough(30)).toBe(3);
    expect(runs.uncoveredBytes).toBe(100);
  });

  it('keeps the last append, which has the hard state', () => {
    const runs = extent();
    runs.cover(99);
    expect(runs.dropThrough(99)).toBe(3);
  });

  it('says after which index the covered appends have at most so many bytes', () => {
    const runs = extent();
    runs.cover(20);
    expect([1000, 205, 204, 100, 99].map((bytes) => runs.coveredTail(bytes))).toEqual([0, 0, 10, 10, 20]);
  });

  it('is forgotten where a snapshot takes its place', () => {
    const runs = extent();
    runs.cover(10);
    runs.clear();
    runs.add(4, 50, 9);
    expect([runs.uncoveredBytes, runs.coveredTail(0), runs.dropThrough(0)]).toEqual([9, 0, 4]);
  });

  it('is nothing where nothing was appended', () => {
    const runs = new LogExtent();
    runs.cover(5);
    expect(runs.dropThrough(5)).toBeUndefined();
  });
});
