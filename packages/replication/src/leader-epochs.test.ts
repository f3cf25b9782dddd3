import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaderEpochs } from './leader-epochs.ts';

describe('leader epochs', () => {
  it('end where the next one that wrote something begins', () => {
    const epochs = new LeaderEpochs([
      { epoch: 1, startOffset: 0 },
      { epoch: 4, startOffset: 10 },
    ]);
    expect(epochs.endOffsetFor(0, 25)).toEqual({ epoch: 0, endOffset: 0 });
    expect(epochs.endOffsetFor(1, 25)).toEqual({ epoch: 1, endOffset: 10 });
    expect(epochs.endOffsetFor(3, 25)).toEqual({ epoch: 1, endOffset: 10 });
    expect(epochs.endOffsetFor(4, 25)).toEqual({ epoch: 4, endOffset: 25 });
    expect(epochs.endOffsetFor(5, 25)).toBeUndefined();
  });

  it('that wrote nothing leave no trace', () => {
    const epochs = new LeaderEpochs();
    epochs.assign(1, 0);
    epochs.assign(2, 5);
    epochs.assign(3, 5);
    expect(epochs.starts).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 5 },
    ]);
  });

  it('never go back', () => {
    const epochs = new LeaderEpochs([{ epoch: 2, startOffset: 0 }]);
    expect(() => epochs.assign(1, 5)).toThrow('leader epoch 1 comes after 2');
  });

  it('answer as a list with one epoch per offset does (property)', () => {
    const runs = fc.array(fc.record({ skip: fc.integer({ min: 1, max: 3 }), count: fc.nat(4) }), { maxLength: 8 });
    fc.assert(
      fc.property(runs, fc.nat(40), fc.nat(40), fc.nat(20), (steps, prefix, suffix, asked) => {
        const epochs = new LeaderEpochs();
        const written: number[] = [];
        let epoch = 0;
        for (const { skip, count } of steps) {
          epoch += skip;
          for (let i = 0; i < count; i++) {
            epochs.assign(epoch, written.length);
            written.push(epoch);
          }
        }
        const end = Math.min(suffix, written.length);
        const start = Math.min(prefix, end);
        epochs.truncateSuffix(end);
        epochs.truncatePrefix(start);
        for (let offset = start; offset < end; offset++) expect(epochs.epochOf(offset)).toBe(written[offset]);
        const kept = written.slice(start, end);
        const last = kept.at(-1);
        if (last === undefined) return;
        const found = epochs.endOffsetFor(asked, end);
        if (asked > last) expect(found).toBeUndefined();
        else expect(found?.endOffset).toBe(start + kept.filter((one) => one <= asked).length);
      }),
    );
  });
});
