import { apis } from '@streambus/kafka';
import { type RunningBroker, startBroker } from 'streambus';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectClient, type ProtocolClient } from './protocol-client.ts';
import { createTopic, errorName, fetchFrom, fresh, given, produce, produceValues, valuesFrom } from './test-broker.ts';

/** Loopback addresses that no other process's test has. */
const network = `127.${3 + ((process.pid >>> 8) % 250)}.${process.pid & 0xff}`;
const ids = [1, 2, 3] as const;
const peers = ids.map((id) => ({ id, address: { host: `${network}.${id}`, port: 9093 } }));

const brokers: RunningBroker[] = [];
const clients: ProtocolClient[] = [];

function client(id: number): ProtocolClient {
  return given(clients[id - 1]);
}

/** Who leads the partitions of a topic, as one broker tells it. */
async function leadersOf(topic: string, told: number): Promise<number[]> {
  const { topics } = await client(told).call(apis.metadata, 9, { topics: [{ name: topic }] });
  return given(topics[0])
    .partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex)
    .map(({ leaderId }) => leaderId);
}

beforeAll(async () => {
  const started = ids.map((nodeId) => startBroker({ config: { nodeId, peers, offsetsTopicNumPartitions: 3 } }));
  brokers.push(...(await Promise.all(started)));
  for (const { bootstrap } of brokers) clients.push(await connectClient(bootstrap));
});

afterAll(async () => {
  for (const each of clients) await each[Symbol.asyncDispose]();
  await Promise.all(brokers.map((broker) => broker.close()));
});

describe('three brokers', () => {
  it('tell the same cluster and the same brokers', async () => {
    const answers = await Promise.all(ids.map((id) => client(id).call(apis.metadata, 9, { topics: [] })));
    expect(new Set(answers.map(({ clusterId }) => clusterId)).size).toBe(1);
    const all = brokers.map(({ kafkaAddress }, index) => ({ nodeId: index + 1, ...kafkaAddress }));
    for (const { brokers: told } of answers) expect(told).toMatchObject(all);
  });

  it('spread a topic, and each tells who leads it', async () => {
    const topic = fresh('spread');
    await createTopic(client(2), topic, 6);
    for (const id of ids) {
      await vi.waitFor(async () => expect((await leadersOf(topic, id)).toSorted()).toEqual([1, 1, 2, 2, 3, 3]));
    }
  });

  it('serve what they lead, and send away who asks the wrong one', async () => {
    const topic = fresh('led');
    await createTopic(client(1), topic, 1);
    const [leader = 0] = await leadersOf(topic, 1);
    await vi.waitFor(async () =>
      expect(await produceValues(client(leader), topic, ['a', 'b'])).toBeGreaterThanOrEqual(0),
    );
    expect(await valuesFrom(client(leader), topic)).toEqual(['a', 'b']);
    const other = ids.find((id) => id !== leader) ?? 0;
    const refused = await produce(client(other), { topic }, [{ value: 'c' }]);
    const unread = await fetchFrom(client(other), { topic, offset: 0 });
    expect([errorName(refused.errorCode), errorName(unread.errorCode)]).toEqual([
      'NOT_LEADER_OR_FOLLOWER',
      'NOT_LEADER_OR_FOLLOWER',
    ]);
  });

  it('name the same coordinator of a group', async () => {
    const group = fresh('group');
    const find = async (id: number): Promise<number> => {
      const { coordinators } = await client(id).call(apis.findCoordinator, 4, { keyType: 0, coordinatorKeys: [group] });
      const found = given(coordinators[0]);
      expect(errorName(found.errorCode)).toBe('NONE');
      return found.nodeId;
    };
    const first = await vi.waitFor(() => find(1));
    for (const id of ids) await vi.waitFor(async () => expect(await find(id)).toBe(first));
  });

  it('keep the groups that they coordinate, and send away who asks the wrong one', async () => {
    const orders = fresh('orders');
    await createTopic(client(1), orders);
    const groups = Array.from({ length: 12 }, () => fresh('group'));
    const coordinators = new Set<number>();
    for (const groupId of groups) {
      const { coordinators: found } = await client(1).call(apis.findCoordinator, 4, {
        keyType: 0,
        coordinatorKeys: [groupId],
      });
      const coordinator = given(found[0]).nodeId;
      coordinators.add(coordinator);
      const commit = async (id: number): Promise<string> => {
        const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }];
        const topics = [{ name: orders, partitions }];
        const answer = await client(id).call(apis.offsetCommit, 5, { groupId, memberId: '', topics });
        return errorName(given(answer.topics[0]?.partitions[0]).errorCode);
      };
      await vi.waitFor(async () => expect(await commit(coordinator)).toBe('NONE'));
      const other = ids.find((id) => id !== coordinator) ?? 0;
      expect(await commit(other)).toBe('NOT_COORDINATOR');
    }
    expect([...coordinators].sort()).toEqual([1, 2, 3]);
  });

  it('copy a topic, and acknowledge when the copies have it', async () => {
    const topic = fresh('copied');
    await createTopic(client(1), topic, 1, { 'min.insync.replicas': '3' }, 3);
    const [leader = 0] = await leadersOf(topic, 1);
    const values = Array.from({ length: 20 }, (_, index) => `value ${index}`);
    await vi.waitFor(async () => expect(await produceValues(client(leader), topic, ['first'])).toBe(0));
    for (const value of values) await produceValues(client(leader), topic, [value]);
    expect(await valuesFrom(client(leader), topic)).toEqual(['first', ...values]);
  });

  it('refuse what fewer have than must', async () => {
    const topic = fresh('short');
    await createTopic(client(1), topic, 1, { 'min.insync.replicas': '3' }, 2);
    const [leader = 0] = await leadersOf(topic, 1);
    const refusal = async (): Promise<string> =>
      errorName((await produce(client(leader), { topic }, [{ value: 'a' }])).errorCode);
    await vi.waitFor(async () => expect(await refusal()).toBe('NOT_ENOUGH_REPLICAS'));
  });

  it('take one for dead whose process has ended', async () => {
    const topic = fresh('gone');
    await createTopic(client(1), topic, 3);
    await vi.waitFor(async () => expect((await leadersOf(topic, 1)).toSorted()).toEqual([1, 2, 3]));
    const lost = (await leadersOf(topic, 1)).indexOf(3);
    const copied = fresh('handed-on');
    await createTopic(client(1), copied, 3, {}, 3);
    await vi.waitFor(async () => expect((await leadersOf(copied, 1)).toSorted()).toEqual([1, 2, 3]));
    const moved = (await leadersOf(copied, 1)).indexOf(3);
    await vi.waitFor(async () => {
      const { errorCode } = await produce(client(3), { topic: copied, partition: moved }, [{ value: 'kept' }]);
      expect(errorName(errorCode)).toBe('NONE');
    });
    await given(brokers[2]).close();
    // What only the lost one had is away; what others have goes on.
    await vi.waitFor(async () => expect((await leadersOf(topic, 1))[lost]).toBe(-1));
    const heir = given((await leadersOf(copied, 1))[moved]);
    expect([1, 2]).toContain(heir);
    await vi.waitFor(async () => expect(await valuesFrom(client(heir), copied, 0, moved)).toEqual(['kept']));
  });
});
