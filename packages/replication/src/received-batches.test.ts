import { encodeRecordBatch, stampBatch } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { type ReceivingEnd, receiveBatches } from './received-batches.ts';

function batch(firstOffset: number, count: number, leaderEpoch = 5): Buffer {
  const bytes = encodeRecordBatch(Array.from({ length: count }, () => ({ value: 'v' })));
  stampBatch(bytes, 0, firstOffset, leaderEpoch);
  return Buffer.from(bytes);
}

const end: ReceivingEnd = { logEndOffset: 10, isEmpty: false, lastEpoch: 4, leaderEpoch: 6 };

function receive(records: Uint8Array, changes: Partial<ReceivingEnd> = {}): unknown {
  const received = receiveBatches(records, { ...end, ...changes });
  if (received.kind === 'refused') return received.message;
  return received.batches.map(({ firstOffset, endOffset, leaderEpoch }) => [firstOffset, endOffset, leaderEpoch]);
}

describe('what a leader sends', () => {
  it('is taken batch by batch, as views', () => {
    const records = Buffer.concat([batch(10, 3), batch(13, 1, 6)]);
    expect(receive(records)).toEqual([
      [10, 13, 5],
      [13, 14, 6],
    ]);
    const received = receiveBatches(records, end);
    expect(received.kind === 'batches' && received.batches[0]?.bytes.buffer).toBe(records.buffer);
    expect(receive(new Uint8Array(0))).toEqual([]);
  });

  it('may end inside a batch, which is left for the next fetch', () => {
    const records = Buffer.concat([batch(10, 3), batch(13, 1)]);
    for (const cut of [1, 20, 60]) expect(receive(records.subarray(0, records.length - cut))).toEqual([[10, 13, 5]]);
  });

  it('is refused as a whole where its bytes are wrong', () => {
    const records = Buffer.concat([batch(10, 3), batch(13, 1)]);
    records[records.length - 1] = (records[records.length - 1] ?? 0) ^ 1;
    expect(receive(records)).toMatch(/CRC/);
    expect(receive(Buffer.alloc(200))).toMatch(/magic/);
  });

  it('is refused where offsets are left out, or come again', () => {
    expect(receive(batch(11, 1))).toMatch(/offsets 11 to 11; 10 is next/);
    expect(receive(batch(9, 2))).toMatch(/offsets 9 to 10; 10 is next/);
    expect(receive(Buffer.concat([batch(10, 2), batch(11, 1)]))).toMatch(/12 is next/);
  });

  it('may begin before the end of an empty log: the leader begins inside of its first batch', () => {
    expect(receive(batch(8, 3), { isEmpty: true })).toEqual([[8, 11, 5]]);
    expect(receive(batch(8, 2), { isEmpty: true })).toMatch(/10 is next/);
  });

  it('is refused where its epochs go back, or beyond the leader that sends it', () => {
    expect(receive(batch(10, 1, 3))).toMatch(/leader epoch 3; it must be from 4 to 6/);
    expect(receive(batch(10, 1, 7))).toMatch(/leader epoch 7/);
    expect(receive(Buffer.concat([batch(10, 1, 6), batch(11, 1, 5)]))).toMatch(/from 6 to 6/);
  });
});
