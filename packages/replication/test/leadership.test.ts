import { createCompression, encodeRecordBatch } from '@streambus/kafka';
import { openPartition, type Partition, type PartitionSettings, soleReplica } from '@streambus/replication';
import { silentLogger } from '@streambus/runtime';
import { nodeClock } from '@streambus/runtime/node';
import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { testSettings } from './settings.ts';

async function open(settings: PartitionSettings = testSettings()): Promise<Partition> {
  const { partition } = await openPartition(
    { topic: 'orders', partition: 0, brokerId: 1, folder: '/data/orders/0', settings },
    {
      disk: createMemoryDisk({ directories: ['/data'] }),
      clock: nodeClock,
      logger: silentLogger,
      compression: createCompression(),
    },
  );
  return partition;
}

async function append(partition: Partition, options = {}): Promise<number> {
  const result = partition.append(encodeRecordBatch([{ value: 'x' }], options));
  if (result.kind === 'refused') throw new Error(result.message);
  await partition.whenAcknowledged(result.endOffset);
  return result.logAppendTimeMs;
}

describe('the end of a leader epoch (KIP-101, KIP-320)', () => {
  it('of one that wrote nothing is where the next one began, or the end of the log', async () => {
    await using partition = await open();
    partition.becomeLeader(soleReplica(1, 2));
    expect(partition.epochEndOffset(2)).toEqual({ epoch: 2, endOffset: 0 });
    await append(partition);
    partition.becomeLeader(soleReplica(1, 4));
    expect(partition.epochEndOffset(2)).toEqual({ epoch: 2, endOffset: 1 });
    expect(partition.epochEndOffset(3)).toEqual({ epoch: 2, endOffset: 1 });
    expect(partition.epochEndOffset(4)).toEqual({ epoch: 4, endOffset: 1 });
    await append(partition);
    expect(partition.epochEndOffset(3)).toEqual({ epoch: 2, endOffset: 1 });
    expect(partition.epochEndOffset(4)).toEqual({ epoch: 4, endOffset: 2 });
  });

  it('is not known of one that is still to come, nor of none', async () => {
    await using partition = await open();
    partition.becomeLeader(soleReplica(1, 2));
    for (const epoch of [-1, 3]) expect(partition.epochEndOffset(epoch)).toBeUndefined();
    await append(partition);
    for (const epoch of [-1, 3]) expect(partition.epochEndOffset(epoch)).toBeUndefined();
  });
});

describe('who waits for the high watermark', () => {
  it('hears that the partition is destroyed, also when it began to wait behind that', async () => {
    const partition = await open();
    partition.becomeLeader(soleReplica(1, 0));
    let calls = 0;
    partition.onHighWatermark(() => calls++);
    const destroyed = partition.destroy();
    expect(calls).toBe(1);
    await destroyed;
    await new Promise<void>((resolve) => partition.onHighWatermark(resolve));
  });
});

describe('a repeated batch', () => {
  it('carries the time of its first append where the topic stamps it, and none elsewhere', async () => {
    for (const timestampType of ['LogAppendTime', 'CreateTime'] as const) {
      await using partition = await open(testSettings({ timestampType }));
      partition.becomeLeader(soleReplica(1, 0));
      const options = { producerId: 1, producerEpoch: 0, baseSequence: 0 };
      const first = await append(partition, options);
      expect(first > 0).toBe(timestampType === 'LogAppendTime');
      expect(await append(partition, options)).toBe(first);
    }
  });
});
