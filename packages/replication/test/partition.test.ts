import { createCompression, decodeRecords, encodeRecordBatch, nextBatch, type RecordInput } from '@streambus/kafka';
import {
  openPartition,
  type Partition,
  type PartitionRead,
  type PartitionSettings,
  soleReplica,
} from '@streambus/replication';
import { type Disk, silentLogger } from '@streambus/runtime';
import { nodeClock } from '@streambus/runtime/node';
import { createMemoryDisk, createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mortalDisk } from './mortal-disk.ts';
import { testSettings } from './settings.ts';

const compression = createCompression();

async function open(disk: Disk, settings: PartitionSettings = testSettings(), leaderEpoch = 0): Promise<Partition> {
  const { partition } = await openPartition(
    { topic: 'orders', partition: 0, brokerId: 1, folder: '/data/orders/0', settings },
    { disk, clock: nodeClock, logger: silentLogger, compression },
  );
  partition.becomeLeader(soleReplica(1, leaderEpoch));
  return partition;
}

function values(count: number, from = 0): RecordInput[] {
  return Array.from({ length: count }, (_, index) => ({ value: String(from + index), timestamp: 1000 + from + index }));
}

async function appendAll(partition: Partition, records: RecordInput[], producer = {}): Promise<number> {
  const result = partition.append(encodeRecordBatch(records, producer));
  if (result.kind === 'refused') throw new Error(`${result.code}: ${result.message}`);
  await partition.whenAcknowledged(result.endOffset);
  return result.firstOffset;
}

function recordsOf(read: PartitionRead): { offset: number; value: string }[] {
  const found: { offset: number; value: string }[] = [];
  for (const chunk of read.chunks) {
    for (let at = 0; at < chunk.length; at = nextBatch(chunk, at)) {
      for (const { offset, value } of decodeRecords(chunk, at)) {
        found.push({ offset, value: Buffer.from(value ?? []).toString() });
      }
    }
  }
  return found;
}

async function readAll(partition: Partition): Promise<{ offset: number; value: string }[]> {
  const found: { offset: number; value: string }[] = [];
  let fromOffset = partition.logStartOffset;
  while (fromOffset < partition.highWatermark) {
    const batch = recordsOf(await partition.read({ fromOffset, maxBytes: 1000, minOneBatch: true }));
    found.push(...batch.filter(({ offset }) => offset >= fromOffset));
    fromOffset = (batch.at(-1)?.offset ?? fromOffset) + 1;
  }
  return found;
}

describe('appending', () => {
  it('gives dense offsets and the leader epoch, and keeps the checksum of the producer', async () => {
    await using partition = await open(createMemoryDisk({ directories: ['/data'] }), testSettings(), 3);
    const sent = encodeRecordBatch(values(3));
    const crc = sent.slice(17, 21);
    expect(partition.append(sent)).toMatchObject({ kind: 'appended', firstOffset: 0, endOffset: 3, recordCount: 3 });
    expect(partition.append(encodeRecordBatch(values(2, 3)))).toMatchObject({ firstOffset: 3, endOffset: 5 });
    await partition.whenAcknowledged(5);
    expect(partition.highWatermark).toBe(5);
    expect(await readAll(partition)).toEqual(values(5).map(({ value }, offset) => ({ offset, value })));
    expect(partition.epochOf(0)).toBe(3);
    expect(sent.slice(17, 21)).toEqual(crc);
  });

  it('shows a record to readers only when it is as safe as the policy promises', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let hold = false;
    const disk = createMemoryDisk({
      directories: ['/data'],
      beforeOperation: ({ kind }) => (hold && kind === 'sync' ? held : undefined),
    });
    await using partition = await open(disk);
    await appendAll(partition, values(1));
    hold = true;
    const result = partition.append(encodeRecordBatch(values(1, 1)));
    expect(result).toMatchObject({ kind: 'appended', endOffset: 2 });
    expect(partition.logEndOffset).toBe(2);
    expect(partition.highWatermark).toBe(1);
    expect(await readAll(partition)).toHaveLength(1);
    release();
    await partition.whenAcknowledged(2);
    expect(await readAll(partition)).toHaveLength(2);
  });

  it('takes nothing back that readers have seen when the policy gets stricter', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const disk = createMemoryDisk({
      directories: ['/data'],
      beforeOperation: ({ kind, path }) => (kind === 'sync' && path.endsWith('0.log') ? held : undefined),
    });
    await using partition = await open(disk, testSettings({ log: { sync: { kind: 'os' } } }));
    await appendAll(partition, values(3));
    expect(partition.highWatermark).toBe(3);
    partition.configure(testSettings());
    expect(partition.highWatermark).toBe(3);
    expect(await readAll(partition)).toHaveLength(3);
    const { endOffset } = partition.append(encodeRecordBatch(values(1, 3))) as { endOffset: number };
    expect(partition.highWatermark).toBe(3);
    release();
    await partition.whenAcknowledged(endOffset);
    expect(partition.highWatermark).toBe(4);
  });

  it('refuses what is no single, whole, right batch, and says why', async () => {
    await using partition = await open(
      createMemoryDisk({ directories: ['/data'] }),
      testSettings({ maxMessageBytes: 500 }),
    );
    const good = (): Buffer => Buffer.from(encodeRecordBatch(values(2)));
    const corrupt = good();
    corrupt[70] = (corrupt[70] ?? 0) ^ 1;
    const oldFormat = good();
    oldFormat[16] = 1;
    const cases: [Uint8Array, string][] = [
      [corrupt, 'CORRUPT_MESSAGE'],
      [oldFormat, 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
      [good().subarray(0, 70), 'CORRUPT_MESSAGE'],
      [Buffer.concat([good(), good()]), 'INVALID_RECORD'],
      [encodeRecordBatch([{ value: 'x'.repeat(600) }]), 'MESSAGE_TOO_LARGE'],
      [encodeRecordBatch(values(1), { isControl: true }), 'INVALID_RECORD'],
      [
        encodeRecordBatch(values(1), { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }),
        'INVALID_RECORD',
      ],
      [encodeRecordBatch([{ value: 'x', timestamp: Date.now() + 7_200_000 }]), 'INVALID_TIMESTAMP'],
    ];
    for (const [bytes, code] of cases) expect(partition.append(bytes)).toMatchObject({ kind: 'refused', code });
    expect(partition.logEndOffset).toBe(0);
    expect(partition.counters.refusedBatches).toBe(cases.length);
  });

  it('wants keys on a compacted topic, in compressed batches too', async () => {
    await using partition = await open(createMemoryDisk({ directories: ['/data'] }), testSettings({ compacted: true }));
    const codec = await compression.load('lz4');
    for (const options of [{}, { codec }]) {
      expect(partition.append(encodeRecordBatch([{ key: 'k', value: 'v' }], options))).toMatchObject({
        kind: 'appended',
      });
      expect(partition.append(encodeRecordBatch([{ key: 'k' }, { value: 'v' }], options))).toMatchObject({
        kind: 'refused',
        code: 'INVALID_RECORD',
      });
    }
  });

  it('gives records the time of the append where the topic wants it', async () => {
    await using partition = await open(
      createMemoryDisk({ directories: ['/data'] }),
      testSettings({ timestampType: 'LogAppendTime' }),
    );
    const before = Date.now();
    const result = partition.append(encodeRecordBatch(values(2)));
    if (result.kind !== 'appended') throw new Error(result.kind);
    expect(result.logAppendTimeMs).toBeGreaterThanOrEqual(before);
    await partition.whenAcknowledged(2);
    const found = await partition.offsetForTimestamp(before);
    expect(found).toMatchObject({ offset: 0, timestampMs: result.logAppendTimeMs });
  });

  it('is refused while this replica does not lead', async () => {
    await using partition = await open(createMemoryDisk({ directories: ['/data'] }));
    partition.resign();
    expect(partition.append(encodeRecordBatch(values(1)))).toMatchObject({ code: 'NOT_LEADER_OR_FOLLOWER' });
  });

  it('is refused while the disk is full, and goes on when there is space again', async () => {
    const disk = createMemoryDisk({ directories: ['/data'] });
    await using partition = await open(disk);
    const producer = { producerId: 1, producerEpoch: 0 };
    await appendAll(partition, values(1), { ...producer, baseSequence: 0 });
    disk.failNext({ operation: 'write', code: 'DISK_FULL', pathIncludes: '.log' });
    const lost = partition.append(encodeRecordBatch(values(1, 1), { ...producer, baseSequence: 1 }));
    expect(lost.kind).toBe('appended');
    await expect(partition.whenAcknowledged(2)).rejects.toMatchObject({
      code: 'PARTITION_STORAGE_FAILED',
      outcome: 'rejected',
    });
    expect(await readAll(partition)).toHaveLength(1);
    // The producer tries again with the same sequence: that it is no duplicate shows that nothing of the failure was kept.
    await expect
      .poll(() => partition.append(encodeRecordBatch(values(1, 1), { ...producer, baseSequence: 1 })).kind)
      .toBe('appended');
    await partition.whenAcknowledged(2);
    expect(await readAll(partition)).toHaveLength(2);
  });
});

describe('reading', { timeout: 60_000 }, () => {
  it('returns the whole batch that holds an offset, and one at least', async () => {
    await using partition = await open(createMemoryDisk({ directories: ['/data'] }));
    await appendAll(partition, values(10));
    await appendAll(partition, values(10, 10));
    const read = await partition.read({ fromOffset: 4, maxBytes: 1, minOneBatch: true });
    expect(recordsOf(read).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await partition.read({ fromOffset: 4, maxBytes: 1, minOneBatch: false })).toMatchObject({ sizeBytes: 0 });
  });

  it('refuses an offset that is not there, and returns nothing at the end', async () => {
    await using partition = await open(createMemoryDisk({ directories: ['/data'] }));
    await appendAll(partition, values(3));
    expect(await partition.read({ fromOffset: 3, maxBytes: 100, minOneBatch: true })).toMatchObject({ sizeBytes: 0 });
    await partition.deleteRecordsBefore(2);
    for (const fromOffset of [1, 4]) {
      expect(() => partition.read({ fromOffset, maxBytes: 100, minOneBatch: true })).toThrow(
        expect.objectContaining({ code: 'PARTITION_OFFSET_OUT_OF_RANGE' }),
      );
    }
  });

  it('finds offsets by timestamp as a scan does (property)', async () => {
    const batch = fc.array(fc.nat(50), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 12 }),
      fc.nat(55),
      fc.nat(10),
      async (batches, asked, cut) => {
        await using partition = await open(
          createMemoryDisk({ directories: ['/data'] }),
          testSettings({ log: { segmentBytes: 300, indexIntervalBytes: 100 } }),
        );
        const all: { offset: number; timestampMs: number }[] = [];
        for (const timestamps of batches) {
          const first = await appendAll(
            partition,
            timestamps.map((timestamp) => ({ value: 'v', timestamp })),
          );
          all.push(...timestamps.map((timestampMs, index) => ({ offset: first + index, timestampMs })));
        }
        const start = await partition.deleteRecordsBefore(Math.min(cut, all.length));
        const readable = all.filter(({ offset }) => offset >= start);
        const expected = readable.find(({ timestampMs }) => timestampMs >= asked);
        const found = await partition.offsetForTimestamp(asked);
        expect(found && { offset: found.offset, timestampMs: found.timestampMs }).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

// Properties take a second or two, and more on a busy machine.
describe('after a restart', { timeout: 60_000 }, () => {
  it('knows its producers and epochs, whether it was closed or killed', async () => {
    for (const closed of [true, false]) {
      const disk = createMemoryDisk({ directories: ['/data'] });
      const first = await open(disk, testSettings(), 2);
      await appendAll(first, values(2), { producerId: 9, producerEpoch: 1, baseSequence: 0 });
      await appendAll(first, values(1, 2), { producerId: 9, producerEpoch: 1, baseSequence: 2 });
      if (closed) await first.close();
      else disk.crash('unsynced');
      await using second = await open(disk, testSettings(), 5);
      const again = encodeRecordBatch(values(2), { producerId: 9, producerEpoch: 1, baseSequence: 0 });
      expect(second.append(again)).toMatchObject({ kind: 'duplicate', firstOffset: 0, endOffset: 2 });
      const gap = encodeRecordBatch(values(1), { producerId: 9, producerEpoch: 1, baseSequence: 7 });
      expect(second.append(gap)).toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
      const next = encodeRecordBatch(values(1, 3), { producerId: 9, producerEpoch: 1, baseSequence: 3 });
      expect(second.append(next)).toMatchObject({ kind: 'appended', firstOffset: 3 });
      expect(second.epochs).toEqual([
        { epoch: 2, startOffset: 0 },
        { epoch: 5, startOffset: 3 },
      ]);
    }
  });

  it('has every acknowledged record once and in order, whenever the power failed (property)', async () => {
    const step = fc.record({ count: fc.integer({ min: 1, max: 4 }), wait: fc.boolean() });
    const life = fc.record({
      steps: fc.array(step, { maxLength: 12 }),
      loss: fc.constantFrom('unsynced', 'torn', 'none'),
    });
    const property = fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 4 }),
      fc.nat(1_000_000),
      async (lives, seed) => {
        const disk = createMemoryDisk({ directories: ['/data'], random: createSeededRandom(seed) });
        const settings = testSettings({ log: { segmentBytes: 400, indexIntervalBytes: 100, checkpointBytes: 500 } });
        let sequence = 0;
        let acknowledged = 0;
        for (const [epoch, { steps, loss }] of lives.entries()) {
          const process = mortalDisk(disk);
          const partition = await open(process, settings, epoch);
          // What was sent and not acknowledged may be there or not; an idempotent producer goes on from what is there.
          const stored = await readAll(partition);
          expect(stored.map(({ offset }) => offset)).toEqual(stored.map((_, index) => index));
          expect(stored.map(({ value }) => value)).toEqual(stored.map((_, index) => String(index)));
          expect(stored.length).toBeGreaterThanOrEqual(acknowledged);
          expect(stored.length).toBeLessThanOrEqual(sequence);
          sequence = stored.length;
          acknowledged = stored.length;
          for (const { count, wait } of steps) {
            const bytes = encodeRecordBatch(values(count, sequence), {
              producerId: 4,
              producerEpoch: 0,
              baseSequence: sequence,
            });
            const result = partition.append(bytes);
            if (result.kind !== 'appended') throw new Error(JSON.stringify(result));
            sequence += count;
            if (!wait) continue;
            await partition.whenAcknowledged(result.endOffset);
            acknowledged = result.endOffset;
          }
          process.kill();
          disk.crash(loss);
        }
      },
    );
    await fc.assert(property, { numRuns: 80 });
  });
});

describe('retention', () => {
  it('removes old segments by time and size, and never what is not yet readable', async () => {
    const settings = testSettings({ log: { segmentBytes: 200 }, retentionBytes: 500 });
    await using partition = await open(createMemoryDisk({ directories: ['/data'] }), settings);
    for (let from = 0; from < 40; from += 2) await appendAll(partition, values(2, from));
    await partition.maintain();
    expect(partition.sizeBytes).toBeLessThan(900);
    expect(partition.logStartOffset).toBeGreaterThan(0);
    expect((await readAll(partition)).at(0)?.value).toBe(String(partition.logStartOffset));
    partition.configure({ ...settings, retentionBytes: undefined, retentionMs: 1 });
    await partition.maintain();
    expect(partition.logStartOffset).toBe(40);
    expect(await readAll(partition)).toEqual([]);
    expect(await appendAll(partition, values(1, 40))).toBe(40);
  });
});
