import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProducerStateTable, type SequencedBatch } from './producer-state.ts';

const maxSequence = 0x7fff_ffff;

function batch(firstSequence: number, count = 1, producerEpoch = 0, producerId = 7): SequencedBatch {
  return { producerId, producerEpoch, firstSequence, lastSequence: firstSequence + count - 1 };
}

function tableWith(...batches: SequencedBatch[]): ProducerStateTable {
  const table = new ProducerStateTable({ maxProducers: 10 });
  let offset = 100;
  for (const one of batches) {
    const count = one.lastSequence - one.firstSequence + 1;
    table.record(one, { firstOffset: offset, lastOffset: offset + count - 1, timestampMs: 1000 }, 1000);
    offset += count;
  }
  return table;
}

describe('a producer that the partition does not know', () => {
  it('may begin at any sequence: its earlier batches may have been removed by retention', () => {
    expect(tableWith().check(batch(41))).toEqual({ kind: 'append' });
  });
});

describe('a producer that the partition knows', () => {
  it('continues its sequence', () => {
    expect(tableWith(batch(0, 3)).check(batch(3))).toEqual({ kind: 'append' });
  });

  it('is refused a gap, with the sequence that is expected', () => {
    const verdict = tableWith(batch(0, 3)).check(batch(4));
    expect(verdict).toMatchObject({ kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(verdict).toHaveProperty('message', 'producer 7 sent sequence 4; the partition expects 3');
  });

  it('is told where a repeated batch is, for each of its last five', () => {
    const table = tableWith(batch(0), batch(1, 2), batch(3), batch(4), batch(5), batch(6));
    expect(table.check(batch(1, 2))).toEqual({
      kind: 'duplicate',
      firstOffset: 101,
      lastOffset: 102,
      timestampMs: 1000,
    });
    expect(table.check(batch(6))).toMatchObject({ kind: 'duplicate', firstOffset: 106 });
    expect(table.check(batch(0))).toMatchObject({ kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  });

  it('goes on from 0 after the largest sequence', () => {
    const table = tableWith(batch(maxSequence));
    expect(table.check(batch(0))).toEqual({ kind: 'append' });
    expect(table.check(batch(1))).toMatchObject({ kind: 'refused' });
  });

  it('begins a new epoch at 0, and its old one is refused from then on', () => {
    const table = tableWith(batch(0, 3), batch(3));
    expect(table.check(batch(4, 1, 1))).toMatchObject({ kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(table.check(batch(0, 1, 1))).toEqual({ kind: 'append' });
    table.record(batch(0, 1, 1), { firstOffset: 200, lastOffset: 200, timestampMs: 1000 }, 1000);
    expect(table.check(batch(4))).toMatchObject({ kind: 'refused', error: 'INVALID_PRODUCER_EPOCH' });
    expect(table.check(batch(3, 1, 1))).toMatchObject({ kind: 'refused' });
  });
});

describe('the table', () => {
  it('forgets who was silent longest when it is full', () => {
    const table = new ProducerStateTable({ maxProducers: 2 });
    const stored = { firstOffset: 0, lastOffset: 0, timestampMs: 0 };
    for (const id of [1, 2, 1, 3]) table.record(batch(0, 1, id === 1 ? table.size : 0, id), stored, 1000);
    expect(Array.from(table.entries(), ({ producerId }) => producerId)).toEqual([1, 3]);
  });

  it('forgets who was silent for longer than the expiration', () => {
    const table = tableWith(batch(0));
    table.expire(1000 + 500, 500);
    expect(table.size).toBe(1);
    table.expire(1000 + 501, 500);
    expect(table.size).toBe(0);
  });

  it('answers alike after it was restored from its entries', () => {
    const table = tableWith(batch(0, 3), batch(3), batch(4));
    const restored = new ProducerStateTable({ maxProducers: 10 });
    restored.restore(JSON.parse(JSON.stringify([...table.entries()])), 1000);
    for (const asked of [batch(0, 3), batch(3), batch(4), batch(5), batch(9)]) {
      expect(restored.check(asked)).toEqual(table.check(asked));
    }
  });

  it('stores each batch of a retrying producer once and in order, whatever is sent again (property)', () => {
    // The producer sends batches 0, 1, 2, … and may repeat any of the last five at any time.
    fc.assert(
      fc.property(fc.array(fc.record({ repeat: fc.nat(6), count: fc.integer({ min: 1, max: 4 }) })), (steps) => {
        const table = new ProducerStateTable({ maxProducers: 1 });
        const sent: { batch: SequencedBatch; firstOffset: number }[] = [];
        let sequence = 0;
        let offset = 0;
        for (const { repeat, count } of steps) {
          const again = repeat === 0 ? undefined : sent.slice(-5).at(-repeat);
          if (again !== undefined) {
            expect(table.check(again.batch)).toMatchObject({ kind: 'duplicate', firstOffset: again.firstOffset });
            continue;
          }
          const next = batch(sequence, count);
          expect(table.check(next)).toEqual({ kind: 'append' });
          table.record(next, { firstOffset: offset, lastOffset: offset + count - 1, timestampMs: 0 }, 0);
          sent.push({ batch: next, firstOffset: offset });
          sequence += count;
          offset += count;
        }
      }),
    );
  });
});
