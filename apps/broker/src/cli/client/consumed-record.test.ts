import { describe, expect, it } from 'vitest';
import { type ConsumedRecord, formatJsonLine, formatValueLine } from './consumed-record.ts';

const record: ConsumedRecord = {
  topic: 'orders',
  partition: 3,
  offset: 12n,
  timestamp: 1_700_000_000_000n,
  key: Buffer.from('k'),
  value: Buffer.from('ü'),
  headers: [
    [Buffer.from('h'), Buffer.from('1')],
    [Buffer.from('h'), Buffer.from([0xff])],
  ],
};

describe('a record as a line', () => {
  it('is its bytes and a line end', () => {
    expect(formatValueLine({ ...record, value: Buffer.from([0xff, 0x00]) })).toEqual(Buffer.from([0xff, 0x00, 0x0a]));
    expect(formatValueLine({ ...record, value: null })).toEqual(Buffer.from('\n'));
  });

  it('in JSON shows everything, bytes that are no text in base64, repeated headers in order', () => {
    expect(JSON.parse(formatJsonLine(record).toString())).toEqual({
      topic: 'orders',
      partition: 3,
      offset: 12,
      timestamp: 1_700_000_000_000,
      key: 'k',
      value: 'ü',
      headers: [
        { key: 'h', value: '1' },
        { key: 'h', value: { base64: '/w==' } },
      ],
    });
  });

  it('in JSON tells no value from an empty one', () => {
    const shown = (value: ConsumedRecord['value']): unknown =>
      JSON.parse(formatJsonLine({ ...record, value }).toString()).value;
    expect([shown(null), shown(undefined), shown(Buffer.alloc(0))]).toEqual([null, null, '']);
  });
});
