import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecordBatch, type RecordInput } from './encode-batch.ts';
import { plainRecordEnd } from './plain-record.ts';
import { createRecordCursor } from './record-cursor.ts';
import { recordSection } from './records.ts';

const contents = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
const records: fc.Arbitrary<RecordInput> = fc.record({
  key: contents,
  value: contents,
  timestamp: fc.integer({ min: 0, max: 2 ** 40 }),
  headers: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    fc.array(fc.record({ key: fc.string(), value: contents }), { maxLength: 2 }),
  ),
});

/** Where the careful walk ends and what it finds; -1 where it refuses. */
function carefulEnd(section: Uint8Array, at: number, offsetDelta: number, requireKey: boolean): number {
  const cursor = createRecordCursor(section, at);
  try {
    if (!cursor.next()) return -1;
    cursor.checkHeaders();
  } catch {
    return -1;
  }
  return cursor.offsetDelta === offsetDelta && !(requireKey && cursor.keyBytes < 0) ? cursor.end : -1;
}

describe('the fast walk over a record', () => {
  it('accepts what the careful one accepts, and ends where it does, whatever the bytes are', () => {
    const property = fc.property(
      fc.array(records, { minLength: 1, maxLength: 200 }),
      fc.array(fc.record({ place: fc.nat(), byte: fc.nat({ max: 255 }) }), { maxLength: 3 }),
      fc.boolean(),
      (batch, changes, requireKey) => {
        const section = Uint8Array.from(recordSection(encodeRecordBatch(batch)));
        for (const { place, byte } of changes) section[place % section.length] = byte;
        let at = 0;
        for (let count = 0; at < section.length; count++) {
          const careful = carefulEnd(section, at, count, requireKey);
          const fast = plainRecordEnd(section, at, count, requireKey);
          if (fast >= 0) expect(fast).toBe(careful);
          if (careful < 0) break;
          at = careful;
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('takes records as they usually come, up to the largest that it knows', () => {
    for (const bytes of [0, 1, 63, 64, 100, 8191, 8192, 1_000_000]) {
      const section = recordSection(encodeRecordBatch([{ key: 'key', value: new Uint8Array(bytes), timestamp: 1 }]));
      expect(plainRecordEnd(section, 0, 0, true)).toBe(section.length);
    }
  });

  it('leaves records with headers, of another place and without a key to the careful one', () => {
    const withHeader = recordSection(encodeRecordBatch([{ value: 'v', headers: [{ key: 'h', value: 'v' }] }]));
    expect(plainRecordEnd(withHeader, 0, 0, false)).toBe(-1);
    const first = recordSection(encodeRecordBatch([{ value: 'v' }]));
    expect(plainRecordEnd(first, 0, 1, false)).toBe(-1);
    expect(plainRecordEnd(first, 0, 0, true)).toBe(-1);
    expect(plainRecordEnd(first.subarray(0, -1), 0, 0, false)).toBe(-1);
  });
});
