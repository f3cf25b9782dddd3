import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCompression } from '../compression/compression.ts';
import { type CompressionType, compressionTypes } from '../compression/compression-type.ts';
import { errorCodes } from '../error-codes.ts';
import { KafkaError } from '../kafka-error.ts';
import * as header from './batch-header.ts';
import { encodeRecordBatch, type RecordBatchOptions, type RecordInput } from './encode-batch.ts';
import { writeInt32 } from './integers.ts';
import { createRecordCursor } from './record-cursor.ts';
import { checkRecords, decodeRecords, findTimestamp, type KafkaRecord, recordSection } from './records.ts';
import { validateBatch } from './validate-batch.ts';

const compression = createCompression();
const limits = { maxBatchBytes: 1_000_000 };

const content = fc.option(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 40 })));
const record: fc.Arbitrary<RecordInput> = fc.record(
  {
    key: content,
    value: content,
    headers: fc.array(fc.record({ key: fc.string({ maxLength: 20 }), value: content }), { maxLength: 3 }),
    timestamp: fc.oneof(fc.integer({ min: -1, max: 2 ** 51 - 1 }), fc.integer({ min: 1e12, max: 1e12 + 1000 })),
  },
  { requiredKeys: [] },
);
const records = fc.array(record, { minLength: 1, maxLength: 20 });

function asBytes(value: Uint8Array | string | null | undefined): Uint8Array | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? new TextEncoder().encode(value) : Uint8Array.from(value);
}

function expected(inputs: readonly RecordInput[], baseOffset: number): KafkaRecord[] {
  return inputs.map((input, index) => ({
    offset: baseOffset + index,
    timestamp: input.timestamp ?? -1,
    key: asBytes(input.key),
    value: asBytes(input.value),
    headers: (input.headers ?? []).map(({ key, value }) => ({ key, value: asBytes(value) })),
  }));
}

function plain(record: KafkaRecord): KafkaRecord {
  return {
    ...record,
    key: asBytes(record.key),
    value: asBytes(record.value),
    headers: record.headers.map(({ key, value }) => ({ key, value: asBytes(value) })),
  };
}

async function codecOptions(type: CompressionType): Promise<Pick<RecordBatchOptions, 'codec'>> {
  return type === 'none' ? {} : { codec: await compression.load(type) };
}

function refusal(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof KafkaError ? error.code : String(error);
  }
}

/** A valid batch with bytes changed and the CRC made right again, so that what comes after the CRC is reached. */
function changed(batch: Uint8Array, change: (bytes: Buffer) => void): Uint8Array {
  const copy = Buffer.from(batch);
  change(copy);
  writeInt32(copy, header.batchPlaces.crc, header.computeBatchCrc(copy) | 0);
  return copy;
}

describe('record batches', () => {
  it.each(compressionTypes)('written with %s, validated, and read back equal', async (type) => {
    const options = await codecOptions(type);
    const property = fc.property(records, fc.integer({ min: 0, max: 2 ** 40 }), (inputs, baseOffset) => {
      const batch = encodeRecordBatch(inputs, { ...options, baseOffset });
      expect(validateBatch(batch, 0, limits)).toBe(batch.length);
      checkRecords(recordSection(batch, 0, options), inputs.length);
      expect(Array.from(decodeRecords(batch, 0, options), plain)).toEqual(expected(inputs, baseOffset));
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('say in their headers what they were given', () => {
    const batch = encodeRecordBatch(
      [
        { value: 'a', timestamp: 1000 },
        { value: 'b', timestamp: 3000 },
        { value: 'c', timestamp: 2000 },
      ],
      {
        baseOffset: 2 ** 45,
        partitionLeaderEpoch: 9,
        producerId: 2 ** 33,
        producerEpoch: 3,
        baseSequence: 77,
        isTransactional: true,
      },
    );
    const padded = Buffer.concat([Buffer.alloc(5), batch]);
    expect({
      baseOffset: header.batchBaseOffset(padded, 5),
      bytes: header.batchBytes(padded, 5),
      epoch: header.batchPartitionLeaderEpoch(padded, 5),
      magic: header.batchMagic(padded, 5),
      crc: header.batchCrc(padded, 5),
      last: header.batchLastOffset(padded, 5),
      base: header.batchBaseTimestamp(padded, 5),
      max: header.batchMaxTimestamp(padded, 5),
      producer: [
        header.batchProducerId(padded, 5),
        header.batchProducerEpoch(padded, 5),
        header.batchBaseSequence(padded, 5),
      ],
      count: header.batchRecordCount(padded, 5),
      compression: header.batchCompression(padded, 5),
      type: header.batchTimestampType(padded, 5),
      transactional: header.batchIsTransactional(padded, 5),
      control: header.batchIsControl(padded, 5),
    }).toEqual({
      baseOffset: 2 ** 45,
      bytes: batch.length,
      epoch: 9,
      magic: 2,
      crc: header.computeBatchCrc(padded, 5),
      last: 2 ** 45 + 2,
      base: 1000,
      max: 3000,
      producer: [2 ** 33, 3, 77],
      count: 3,
      compression: 'none',
      type: 'create',
      transactional: true,
      control: false,
    });
  });

  it('are stamped with base offset and leader epoch in place, the CRC as it was', () => {
    const batch = encodeRecordBatch([{ value: 'a' }, { value: 'b' }]);
    const before = header.batchCrc(batch);
    header.stampBatch(batch, 0, 2 ** 40 + 1, 12);
    expect([header.batchBaseOffset(batch), header.batchPartitionLeaderEpoch(batch)]).toEqual([2 ** 40 + 1, 12]);
    expect(header.batchCrc(batch)).toBe(before);
    expect(validateBatch(batch, 0, limits)).toBe(batch.length);
  });

  it('given append time have it for every record, under a new CRC', () => {
    const batch = encodeRecordBatch([
      { value: 'a', timestamp: 5 },
      { value: 'b', timestamp: 6 },
    ]);
    header.stampAppendTime(batch, 0, 1234);
    expect(validateBatch(batch, 0, limits)).toBe(batch.length);
    expect(Array.from(decodeRecords(batch), ({ timestamp }) => timestamp)).toEqual([1234, 1234]);
  });

  it('follow each other in one records field', () => {
    const batches = [1, 2, 3].map((count) => encodeRecordBatch(Array.from({ length: count }, () => ({ value: 'x' }))));
    const field = Buffer.concat(batches);
    const counts: number[] = [];
    for (let at = 0; at < field.length; at = validateBatch(field, at, limits))
      counts.push(header.batchRecordCount(field, at));
    expect(counts).toEqual([1, 2, 3]);
  });
});

describe('a timestamp is looked up', () => {
  it('among the records, the first that is not before it', () => {
    const batch = encodeRecordBatch([{ timestamp: 10 }, { timestamp: 30 }, { timestamp: 20 }], { baseOffset: 100 });
    expect([5, 10, 11, 31].map((timestamp) => findTimestamp(batch, 0, timestamp))).toEqual([
      { offset: 100, timestamp: 10 },
      { offset: 100, timestamp: 10 },
      { offset: 101, timestamp: 30 },
      undefined,
    ]);
  });

  it('for all records at once, where they have append time', () => {
    const batch = encodeRecordBatch([{ timestamp: 10 }, { timestamp: 30 }], { baseOffset: 100 });
    header.stampAppendTime(batch, 0, 50);
    expect(findTimestamp(batch, 0, 40)).toEqual({ offset: 100, timestamp: 50 });
    expect(findTimestamp(batch, 0, 51)).toBeUndefined();
  });
});

describe('a batch is refused', () => {
  const valid = encodeRecordBatch([
    { key: 'k', value: 'v', timestamp: 1000 },
    { key: 'l', value: 'w', timestamp: 1001 },
  ]);
  const { attributes, lastOffsetDelta, recordCount, magic, producerId, baseTimestamp, maxTimestamp } =
    header.batchPlaces;

  it('when any one bit from the attributes on is flipped', () => {
    const property = fc.property(fc.integer({ min: attributes * 8, max: valid.length * 8 - 1 }), (bit) => {
      const copy = Buffer.from(valid);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(refusal(() => validateBatch(copy, 0, limits))).toBe('KAFKA_CORRUPT_BATCH');
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('when it is cut off at any byte', () => {
    for (let length = 0; length < valid.length; length++) {
      expect(refusal(() => validateBatch(valid.subarray(0, length), 0, limits))).toBe('KAFKA_CORRUPT_BATCH');
    }
  });

  const cases: [name: string, code: string, batch: Uint8Array][] = [
    ['of an older format', 'KAFKA_UNSUPPORTED_RECORD_FORMAT', changed(valid, (bytes) => bytes.writeInt8(1, magic))],
    [
      'of an unknown compression',
      'KAFKA_UNKNOWN_COMPRESSION',
      changed(valid, (bytes) => bytes.writeInt16BE(5, attributes)),
    ],
    [
      'of a transaction marker',
      'KAFKA_INVALID_RECORD',
      changed(valid, (bytes) => bytes.writeInt16BE(0x20, attributes)),
    ],
    [
      'with more offsets than records',
      'KAFKA_INVALID_RECORD',
      changed(valid, (bytes) => bytes.writeInt32BE(2, lastOffsetDelta)),
    ],
    ['without records', 'KAFKA_INVALID_RECORD', changed(valid, (bytes) => bytes.writeInt32BE(0, recordCount))],
    [
      'with a producer but no epoch',
      'KAFKA_INVALID_RECORD',
      changed(valid, (bytes) => bytes.writeBigInt64BE(5n, producerId)),
    ],
    [
      'with a timestamp below -1',
      'KAFKA_INVALID_RECORD',
      changed(valid, (bytes) => bytes.writeBigInt64BE(-2n, baseTimestamp)),
    ],
    [
      'with a timestamp beyond 2^53',
      'KAFKA_INVALID_RECORD',
      changed(valid, (bytes) => bytes.writeBigInt64BE(2n ** 60n, maxTimestamp)),
    ],
  ];

  it.each(cases)('%s: %s', (_, code, batch) => {
    expect(refusal(() => validateBatch(batch, 0, limits))).toBe(code);
  });

  it('over the size limit, or outside of the topic’s timestamps', () => {
    expect(refusal(() => validateBatch(valid, 0, { maxBatchBytes: valid.length - 1 }))).toBe('KAFKA_BATCH_TOO_LARGE');
    expect(refusal(() => validateBatch(valid, 0, { ...limits, maxTimestamp: 1000 }))).toBe('KAFKA_INVALID_TIMESTAMP');
    expect(refusal(() => validateBatch(valid, 0, { ...limits, minTimestamp: 1001 }))).toBe('KAFKA_INVALID_TIMESTAMP');
    expect(validateBatch(valid, 0, { ...limits, minTimestamp: 1000, maxTimestamp: 1001 })).toBe(valid.length);
  });

  it('with the error code that the protocol has for it', () => {
    expect(new KafkaError('KAFKA_CORRUPT_BATCH', '').protocolCode).toBe(errorCodes.CORRUPT_MESSAGE);
    expect(new KafkaError('KAFKA_UNSUPPORTED_RECORD_FORMAT', '').protocolCode).toBe(
      errorCodes.UNSUPPORTED_FOR_MESSAGE_FORMAT,
    );
    expect(new KafkaError('KAFKA_BATCH_TOO_LARGE', '').protocolCode).toBe(errorCodes.MESSAGE_TOO_LARGE);
    expect(new KafkaError('KAFKA_INVALID_TIMESTAMP', '').protocolCode).toBe(errorCodes.INVALID_TIMESTAMP);
  });

  it('not for a max timestamp that is too small, as kafkajs may write it', () => {
    const batch = changed(valid, (bytes) => bytes.writeBigInt64BE(1n, maxTimestamp));
    expect(validateBatch(batch, 0, limits)).toBe(batch.length);
  });

  it('unless gaps or markers are allowed, as in a log', () => {
    const compacted = changed(valid, (bytes) => bytes.writeInt32BE(9, lastOffsetDelta));
    expect(validateBatch(compacted, 0, { ...limits, allowGaps: true })).toBe(valid.length);
    const marker = changed(valid, (bytes) => bytes.writeInt16BE(0x20, attributes));
    expect(validateBatch(marker, 0, { ...limits, allowControl: true })).toBe(valid.length);
  });
});

describe('records are checked', () => {
  const batch = encodeRecordBatch([
    { key: 'k', value: 'v' },
    { value: 'w', headers: [{ key: 'h', value: null }] },
  ]);
  const section = recordSection(batch);

  it('for keys, where a compacted topic needs them', () => {
    expect(refusal(() => checkRecords(section, 2))).toBe('nothing thrown');
    expect(refusal(() => checkRecords(section, 2, { requireKeys: true }))).toBe('KAFKA_INVALID_RECORD');
  });

  it('for their number', () => {
    expect(refusal(() => checkRecords(section, 3))).toBe('KAFKA_CORRUPT_BATCH');
  });

  it('for offsets that rise by one', () => {
    const copy = Buffer.from(section);
    const cursor = createRecordCursor(copy);
    cursor.next();
    copy[cursor.start + 3] = 4;
    expect(refusal(() => checkRecords(copy, 2))).toBe('KAFKA_INVALID_RECORD');
  });

  it('and whatever is in their place throws nothing but a KafkaError', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      expect(refusal(() => checkRecords(noise, 5))).toMatch(/^KAFKA_/);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('for more headers than there are bytes, before the first is looked for', () => {
    const copy = Buffer.from(section);
    const cursor = createRecordCursor(copy);
    cursor.next();
    copy[cursor.end - 1] = 2;
    expect(refusal(() => createRecordCursor(copy).next())).toBe('KAFKA_CORRUPT_BATCH');
  });

  it('at positions, without an object for each', () => {
    const cursor = createRecordCursor(section);
    const seen: unknown[] = [];
    while (cursor.next()) {
      const { keyStart, keyBytes, valueStart, valueBytes, offsetDelta, headerCount } = cursor;
      const key = keyBytes < 0 ? null : Buffer.from(section.subarray(keyStart, keyStart + keyBytes)).toString();
      seen.push([
        offsetDelta,
        key,
        Buffer.from(section.subarray(valueStart, valueStart + valueBytes)).toString(),
        headerCount,
      ]);
    }
    expect(seen).toEqual([
      [0, 'k', 'v', 0],
      [1, null, 'w', 1],
    ]);
  });
});
