import { createCompression, encodeRecordBatch } from '@streambus/kafka';
import { createMetadataStateMachine, type MetadataStateMachine } from '@streambus/metadata';
import type { PartitionSettings } from '@streambus/replication';
import { silentLogger } from '@streambus/runtime';
import { createManualClock, createMemoryDisk, type ManualClock, type MemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { PartitionManager } from './partition-manager.ts';

const folder = '/data/topics';
const incarnation = 'first';

const settings: PartitionSettings = {
  log: {},
  maxMessageBytes: 1024 * 1024,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
  minInsyncReplicas: 1,
  compacted: false,
  deleted: true,
  retentionMs: undefined,
  retentionBytes: undefined,
  producerExpirationMs: 86_400_000,
};

interface Bench {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  readonly machine: MetadataStateMachine;
  readonly partitions: PartitionManager;
  /** Operations on paths that contain this wait until {@link release}. */
  hold(pathIncludes: string): void;
  release(): void;
  createTopic(name: string, partitionCount: number): void;
}

function createBench(): Bench {
  let held: { pathIncludes: string; until: Promise<void> } | undefined;
  let release = (): void => {};
  const disk = createMemoryDisk({
    directories: ['/data', folder],
    beforeOperation: ({ path }) => (held !== undefined && path.includes(held.pathIncludes) ? held.until : undefined),
  });
  const clock = createManualClock();
  const machine = createMetadataStateMachine();
  const partitions = new PartitionManager(
    {
      nodeId: 1,
      folder,
      orphanFolder: '/data/orphans',
      lagTimeMaxMs: 30_000,
      settingsOf: (_state, topic) => ({ ...settings, minInsyncReplicas: topic.configs.size + 1 }),
    },
    { disk, clock, logger: silentLogger, compression: createCompression() },
  );
  machine.onDelta((delta, state) => partitions.follow(delta, state));
  machine.apply({
    kind: 'registerBroker',
    brokerId: 1,
    incarnation,
    endpoints: [{ listener: 'k', host: 'h', port: 1 }],
  });
  machine.apply({ kind: 'unfenceBroker', brokerId: 1, incarnation });
  return {
    disk,
    clock,
    machine,
    partitions,
    hold(pathIncludes) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = { pathIncludes, until: promise };
      release = () => {
        held = undefined;
        resolve();
      };
    },
    release: () => release(),
    createTopic(name, partitionCount) {
      const topicId = '00000000-0000-4000-8000-000000000001';
      const placement = { kind: 'automatic', partitionCount, replicationFactor: 1 } as const;
      const answer = machine.apply({ kind: 'createTopic', name, topicId, placement });
      expect(answer.status).toBe('applied');
    },
  };
}

describe('a partition that cannot be opened for want of space or descriptors', () => {
  it.each(['DISK_FULL', 'DISK_TOO_MANY_FILES'] as const)(
    '%s: is opened when there is some, with the settings of then',
    async (code) => {
      const { disk, clock, machine, partitions, createTopic } = createBench();
      disk.failNext({ operation: 'list', code, pathIncludes: '/orders/', times: 3 });
      createTopic('orders', 1);
      await clock.until(partitions.settled('orders'));
      expect(partitions.lookup('orders', 0)).toMatchObject({ kind: 'offline', error: { retriable: true } });
      machine.apply({
        kind: 'configureTopic',
        name: 'orders',
        changes: [{ operation: 'set', key: 'retention.ms', value: '1' }],
      });
      await clock.advance(60_000);
      const lookup = partitions.lookup('orders', 0);
      expect(lookup).toMatchObject({ kind: 'leading', partition: { settings: { minInsyncReplicas: 2 } } });
      await clock.until(partitions.close());
    },
  );

  it('is let go when its topic is deleted, or the broker closes', async () => {
    const { disk, clock, machine, partitions, createTopic } = createBench();
    disk.failNext({ operation: 'list', code: 'DISK_FULL', pathIncludes: '/orders/', times: 100 });
    createTopic('orders', 2);
    await clock.until(partitions.settled('orders'));
    machine.apply({ kind: 'deleteTopic', name: 'orders' });
    await clock.until(partitions.allSettled());
    await clock.advance(60_000);
    expect(partitions.lookup('orders', 0).kind).toBe('absent');
    createTopic('orders', 2);
    await clock.until(partitions.settled('orders'));
    await clock.until(partitions.close());
    const opens = disk.operationCounts.list;
    await clock.advance(60_000);
    expect(disk.operationCounts.list).toBe(opens);
  });
});

describe('opened', () => {
  it('waits for partitions of the topics that are asked for, and for no others', async () => {
    const { clock, partitions, hold, release, createTopic } = createBench();
    hold('/orders/');
    createTopic('orders', 2);
    let done = false;
    const opened = partitions.opened(['orders']).then(() => {
      done = true;
    });
    await clock.until(partitions.opened(['other']));
    await clock.settle();
    expect(done).toBe(false);
    expect(partitions.lookup('orders', 1).kind).toBe('notLeading');
    release();
    await clock.until(opened);
    expect(partitions.lookup('orders', 1).kind).toBe('leading');
    await clock.until(partitions.close());
  });
});

describe('close', () => {
  it('waits for every partition, also when one of them fails, and then says so', async () => {
    const { disk, clock, partitions, hold, release, createTopic } = createBench();
    createTopic('orders', 2);
    await clock.until(partitions.settled('orders'));
    for (const partition of partitions.open()) {
      const taken = partition.append(encodeRecordBatch([{ value: 'v' }]));
      if (taken.kind === 'appended') await clock.until(partition.whenAcknowledged(taken.endOffset));
    }
    await clock.settle();
    for (const partition of partitions.open()) partition.append(encodeRecordBatch([{ value: 'v' }]));
    disk.failNext({ operation: 'sync', code: 'DISK_IO', pathIncludes: '/0/' });
    disk.failNext({ operation: 'rename', code: 'DISK_IO', pathIncludes: '/0/', times: 10 });
    hold('/1/');
    let ended = false;
    const closed = partitions.close().then(
      () => {
        ended = true;
      },
      () => {
        ended = true;
      },
    );
    await clock.settle();
    expect(ended).toBe(false);
    release();
    await clock.until(closed);
  });
});

describe('the folder of a topic that the metadata does not know', () => {
  it('is set aside, not removed; those of known topics stay', async () => {
    const { disk, machine, partitions, createTopic } = createBench();
    createTopic('known', 1);
    await partitions.allSettled();
    await partitions.close();
    await disk.makeDirectory(`${folder}/unknown/some-id/0`);
    const file = await disk.open(`${folder}/unknown/some-id/0/segment`, 'create');
    await file.write([Buffer.from('records')], 0);
    await partitions.setOrphansAside(machine.state);
    expect((await disk.list(folder)).map(({ name }) => name)).toEqual(['known']);
    expect(await disk.stat('/data/orphans/unknown/some-id/0/segment')).toMatchObject({ sizeBytes: 7 });
  });
});
