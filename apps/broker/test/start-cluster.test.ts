import { apis } from '@streambus/kafka';
import { type RunningCluster, startCluster } from 'streambus';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectClient } from './api/protocol-client.ts';
import { createTopic, fresh, given, produceValues, valuesFrom } from './api/test-broker.ts';
import { buildBinary } from './cli-process.ts';

const timeout = 120_000;
const patience = { timeout: 30_000, interval: 50 };

let cluster: RunningCluster;

/** Who leads the partitions of a topic, as one broker tells it; -1 for nobody. */
async function leadersOf(topic: string, told: number): Promise<readonly number[]> {
  await using client = await connectClient(cluster.bootstrapOf(told));
  const { topics } = await client.call(apis.metadata, 9, { topics: [{ name: topic }] });
  return given(topics[0])
    .partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)
    .map(({ leaderId }) => leaderId);
}

/** Which copies of a topic's first partition have everything, as one broker tells it. */
async function inSyncOf(topic: string, told: number): Promise<readonly number[]> {
  await using client = await connectClient(cluster.bootstrapOf(told));
  const { topics } = await client.call(apis.metadata, 9, { topics: [{ name: topic }] });
  return given(given(topics[0]).partitions[0]).isrNodes;
}

/** Resolves when a broker tells these leaders. */
async function untilLed(topic: string, told: number, leaders: readonly number[]): Promise<void> {
  await vi.waitFor(async () => expect(await leadersOf(topic, told)).toEqual(leaders), patience);
}

/** A topic of which each broker leads one partition: their numbers, by broker. */
async function spreadTopic(): Promise<{ readonly topic: string; readonly leaders: readonly number[] }> {
  const topic = fresh('spread');
  await using client = await connectClient(cluster.bootstrapOf(1));
  await createTopic(client, topic, 3);
  const leaders = await leadersOf(topic, 1);
  expect(leaders.toSorted()).toEqual([1, 2, 3]);
  return { topic, leaders };
}

/** The same leaders without one. */
function without(leaders: readonly number[], lost: number): readonly number[] {
  return leaders.map((leader) => (leader === lost ? -1 : leader));
}

beforeAll(async () => {
  await buildBinary();
  cluster = await startCluster({ brokers: 3 });
}, timeout);

afterAll(() => cluster?.close(), timeout);

describe('a cluster of three processes', { timeout }, () => {
  it('takes a broker for dead that is killed, and has it back with its records when it is restarted', async () => {
    const { topic, leaders } = await spreadTopic();
    const leader = given(leaders[0]);
    await using writer = await connectClient(cluster.bootstrapOf(leader));
    await vi.waitFor(() => produceValues(writer, topic, ['kept']), patience);
    const witness = given(cluster.ids.find((id) => id !== leader));
    await cluster.kill(leader);
    await untilLed(topic, witness, without(leaders, leader));
    await cluster.restart(leader);
    await untilLed(topic, witness, leaders);
    await using reader = await connectClient(cluster.bootstrapOf(leader));
    await vi.waitFor(async () => expect(await valuesFrom(reader, topic)).toEqual(['kept']), patience);
  });

  it('has what was acknowledged when its leader is killed, and takes the killed one in again', async () => {
    const topic = fresh('copied');
    await using any = await connectClient(cluster.bootstrapOf(1));
    await createTopic(any, topic, 1, { 'min.insync.replicas': '2' }, 3);
    const leader = given((await leadersOf(topic, 1))[0]);
    const witness = given(cluster.ids.find((id) => id !== leader));
    await using writer = await connectClient(cluster.bootstrapOf(leader));
    const acknowledged: string[] = [];
    await vi.waitFor(() => produceValues(writer, topic, ['first']), patience);
    acknowledged.push('first');
    for (let index = 0; index < 200; index += 1) {
      await produceValues(writer, topic, [`value ${index}`]);
      acknowledged.push(`value ${index}`);
    }
    await cluster.kill(leader);
    await vi.waitFor(async () => {
      const heir = given((await leadersOf(topic, witness))[0]);
      expect([leader, -1]).not.toContain(heir);
      await using reader = await connectClient(cluster.bootstrapOf(heir));
      expect(await valuesFrom(reader, topic)).toEqual(acknowledged);
      await produceValues(reader, topic, ['after']);
    }, patience);
    await cluster.restart(leader);
    await vi.waitFor(async () => expect((await inSyncOf(topic, witness)).toSorted()).toEqual([1, 2, 3]), patience);
  });

  it('moves on without a broker that is cut off, and lets it in when it is back', async () => {
    const { topic, leaders } = await spreadTopic();
    cluster.partition([1], [2, 3]);
    await untilLed(topic, 2, without(leaders, 1));
    // Who is cut off knows nothing of that.
    expect(await leadersOf(topic, 1)).toEqual(leaders);
    cluster.heal();
    for (const id of cluster.ids) await untilLed(topic, id, leaders);
  });

  it('moves on without a broker that is frozen', async () => {
    const { topic, leaders } = await spreadTopic();
    cluster.pause(3);
    await untilLed(topic, 1, without(leaders, 3));
    cluster.resume(3);
    await untilLed(topic, 1, leaders);
  });

  it('refuses a broker that there is not', () => {
    expect(() => cluster.bootstrapOf(4)).toThrow('there is no broker 4; allowed: 1, 2, 3');
  });
});
