import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apis } from '@streambus/kafka';
import { startBroker } from 'streambus';
import { describe, expect, it } from 'vitest';
import { connectClient, type ProtocolClient } from './protocol-client.ts';
import { createTopic, errorName, given } from './test-broker.ts';

async function commit(client: ProtocolClient, groupId: string, offset: number, metadata = ''): Promise<string> {
  const { topics } = await client.call(apis.offsetCommit, 5, {
    groupId,
    memberId: '',
    topics: [
      { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }] },
    ],
  });
  return errorName(given(topics[0]?.partitions[0]).errorCode);
}

async function fetched(client: ProtocolClient, groupId: string): Promise<number> {
  const { topics } = await client.call(apis.offsetFetch, 5, {
    groupId,
    topics: [{ name: 'orders', partitionIndexes: [0] }],
  });
  return given(topics[0]?.partitions[0]).committedOffset;
}

async function coordinatorError(client: ProtocolClient, groupId: string): Promise<string> {
  return errorName((await client.call(apis.findCoordinator, 2, { key: groupId })).errorCode);
}

describe('the offsets topic', () => {
  it('one damaged partition takes its own groups with it, and neither the others nor the broker', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'streambus-test-'));
    try {
      const options = { storage: { dir }, config: { offsetsTopicNumPartitions: 2 } } as const;
      const groups = ['a', 'b', 'c', 'd'];
      {
        await using broker = await startBroker(options);
        await using client = await connectClient(broker.bootstrap);
        await createTopic(client, 'orders');
        for (const group of groups) {
          expect(await coordinatorError(client, group)).toBe('NONE');
          expect(await commit(client, group, 7)).toBe('NONE');
        }
      }
      const topic = join(dir, 'topics', '__consumer_offsets');
      const partition = join(topic, given((await readdir(topic))[0]), '0');
      await truncate(join(partition, '00000000000000000000.log'), 10);
      await using broker = await startBroker(options);
      await using client = await connectClient(broker.bootstrap);
      const errors = await Promise.all(groups.map((group) => coordinatorError(client, group)));
      expect(new Set(errors)).toEqual(new Set(['NONE', 'COORDINATOR_NOT_AVAILABLE']));
      for (const [index, group] of groups.entries()) {
        if (errors[index] === 'NONE') expect(await fetched(client, group)).toBe(7);
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('takes what a group may have, however small the records of clients must be', async () => {
    await using broker = await startBroker({ config: { messageMaxBytes: 1024 } });
    await using client = await connectClient(broker.bootstrap);
    await createTopic(client, 'orders');
    expect(await coordinatorError(client, 'large')).toBe('NONE');
    expect(await commit(client, 'large', 3, 'm'.repeat(4000))).toBe('NONE');
    expect(await fetched(client, 'large')).toBe(3);
  });
});
