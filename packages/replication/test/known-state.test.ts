import { createCompression, encodeRecordBatch, type RecordInput } from '@streambus/kafka';
import { openPartition, type Partition, type PartitionSettings, soleReplica } from '@streambus/replication';
import { type Disk, silentLogger } from '@streambus/runtime';
import { createManualClock, createMemoryDisk, type ManualClock, type MemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { mortalDisk } from './mortal-disk.ts';
import { testSettings } from './settings.ts';

const folder = '/data/orders/0';
const stateFile = `${folder}/partition-state.json`;
const dayMs = 86_400_000;

interface Bench {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  open(settings?: PartitionSettings, disk?: Disk): Promise<Partition>;
  /** Appends one batch of producer 9 and waits until it is acknowledged. */
  send(partition: Partition, sequence: number, records?: RecordInput[]): Promise<string>;
}

function createBench(): Bench {
  const disk = createMemoryDisk({ directories: ['/data'] });
  const clock = createManualClock();
  return {
    disk,
    clock,
    async open(settings = testSettings(), used = disk) {
      const { partition } = await clock.until(
        openPartition(
          { topic: 'orders', partition: 0, brokerId: 1, folder, settings },
          { disk: used, clock, logger: silentLogger, compression: createCompression() },
        ),
      );
      partition.becomeLeader(soleReplica(1, 0));
      return partition;
    },
    async send(partition, sequence, records = [{ value: 'v', timestamp: clock.wallTimeMs() }]) {
      const producer = { producerId: 9, producerEpoch: 0, baseSequence: sequence };
      const result = partition.append(encodeRecordBatch(records, producer));
      if (result.kind === 'refused') return result.code;
      await clock.until(partition.whenAcknowledged(result.endOffset));
      return result.kind;
    },
  };
}

describe('what a partition knows beside its records', { timeout: 60_000 }, () => {
  it('includes the batch that its start lies in', async () => {
    const { disk, clock, open, send } = createBench();
    const life = mortalDisk(disk);
    const first = await open(testSettings(), life);
    await send(first, 0, [{ value: 'a' }, { value: 'b' }, { value: 'c' }]);
    expect(await clock.until(first.deleteRecordsBefore(2))).toBe(2);
    life.kill();
    disk.crash('unsynced');
    const second = await open();
    expect(second.logStartOffset).toBe(2);
    expect(second.epochOf(2)).toBe(0);
    expect(await send(second, 0, [{ value: 'a' }, { value: 'b' }, { value: 'c' }])).toBe('duplicate');
    await clock.until(second.close());
  });

  it('is never taken from a file that knew more than the log had', async () => {
    const { disk, clock, open, send } = createBench();
    const first = await open();
    for (let sequence = 0; sequence < 4; sequence++) await send(first, sequence);
    await clock.until(first.close());
    // The operator brings back an older copy of the log, and forgets the file beside it.
    for (const { name } of await disk.list(folder))
      if (`${folder}/${name}` !== stateFile) await disk.remove(`${folder}/${name}`);
    const life = mortalDisk(disk);
    const second = await open(testSettings(), life);
    expect(second.logEndOffset).toBe(0);
    for (let sent = 0; sent < 6; sent++) {
      const result = second.append(encodeRecordBatch([{ value: 'other' }]));
      expect(result.kind).toBe('appended');
    }
    await clock.until(second.whenAcknowledged(6));
    life.kill();
    disk.crash('unsynced');
    const third = await open();
    expect(third.logEndOffset).toBe(6);
    expect([...third.producers]).toEqual([]);
    expect(await send(third, 3)).toBe('appended');
    await clock.until(third.close());
  });

  it('keeps a producer that is heard of, whatever the time in its records', async () => {
    const { clock, open, send } = createBench();
    const partition = await open();
    const old = [{ value: 'v', timestamp: 1000 }];
    await clock.advance(30 * dayMs);
    expect(await send(partition, 0, old)).toBe('appended');
    await clock.until(partition.maintain());
    expect(await send(partition, 0, old)).toBe('duplicate');
    expect(await send(partition, 5, old)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    await clock.advance(2 * dayMs);
    await clock.until(partition.maintain());
    expect([...partition.producers]).toEqual([]);
    await clock.until(partition.close());
  });

  it('is saved while much comes, so that little is read again after a kill', async () => {
    const { disk, clock, open } = createBench();
    const settings = testSettings({ log: { segmentBytes: 2 ** 30 }, maxMessageBytes: 2 ** 23 });
    const life = mortalDisk(disk);
    const partition = await open(settings, life);
    const records = [{ value: new Uint8Array(4 * 1024 * 1024) }];
    for (let sent = 0; sent < 20; sent++) {
      const result = partition.append(encodeRecordBatch(records));
      if (result.kind !== 'appended') throw new Error(result.kind);
      await clock.until(partition.whenAcknowledged(result.endOffset));
    }
    await clock.settle();
    expect((await disk.stat(stateFile))?.kind).toBe('file');
    await clock.until(partition.close());
  });

  it('remembers that records were deleted when the first try could not be saved', async () => {
    const { disk, clock, open, send } = createBench();
    const first = await open();
    for (let sequence = 0; sequence < 4; sequence++) await send(first, sequence);
    disk.failNext({ operation: 'rename', code: 'DISK_IO', pathIncludes: 'log-checkpoint' });
    await expect(clock.until(first.deleteRecordsBefore(3))).rejects.toMatchObject({ code: 'PARTITION_STORAGE_FAILED' });
    expect(await clock.until(first.deleteRecordsBefore(3))).toBe(3);
    disk.crash('unsynced');
    const second = await open();
    expect(second.logStartOffset).toBe(3);
    await clock.until(second.close());
  });
});
