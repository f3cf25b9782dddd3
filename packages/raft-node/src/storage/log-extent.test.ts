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
  it('drops what lies wholly below an index', () => {
    const runs = extent();
    expect(runs.dropThrough(20)).toBe(3);
    expect(runs.sizeBytes).toBe(100);
  });

  it('keeps an append that reaches past the index', () => {
    const runs = extent();
    expect(runs.dropThrough(19)).toBe(2);
    expect(runs.sizeBytes).toBe(200);
  });

  it('keeps the last append, which has the hard state', () => {
    const runs = extent();
    expect(runs.dropThrough(99)).toBe(3);
    expect(runs.sizeBytes).toBe(100);
  });

  it('is nothing where nothing was appended', () => {
    expect(new LogExtent().dropThrough(5)).toBeUndefined();
  });
});
