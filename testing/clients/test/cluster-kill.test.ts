import { startCluster } from 'streambus';
import { expect, it } from 'vitest';
import { hasKcat } from '../src/index.ts';
import { createSeededRandom, seedOfThisRun } from '../src/seeded-random.ts';
import { createTopic, leaderOf } from '../src/wire-calls.ts';
import { kcatWriter } from './support/kcat-writer.ts';
import { type Acknowledged, expectAllStored, startWriter, type Writer } from './support/writers.ts';

const rounds = 8;
const partitionCount = 3;
const topic = 'orders';

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

it(`${rounds} brokers of three are killed under idempotent producers: every acknowledged record is there, in order, once${hasKcat ? '' : ' (without kcat, which is not on this machine)'}`, async () => {
  const seed = seedOfThisRun();
  const random = createSeededRandom(seed);
  const lines: string[] = [];
  await using cluster = await startCluster({
    brokers: 3,
    config: { logSegmentBytes: 65_536, messageMaxBytes: 60_000, offsetsTopicNumPartitions: 3 },
    onLine: (id, line) => lines.push(`${id} ${line}`),
  });
  const ports = new Map(cluster.ids.map((id) => [id, portOf(cluster.bootstrapOf(id))]));
  const port = ports.get(1) ?? 0;
  const leaderPort = async (partition: number): Promise<number> =>
    ports.get(await leaderOf(port, topic, partition)) ?? port;
  const place = { port, portOf: leaderPort, topic, partitionCount };
  await createTopic(port, topic, partitionCount, {
    replicationFactor: 3,
    configs: { 'min.insync.replicas': '2' },
  });
  await using stack = new AsyncDisposableStack();
  const acknowledged = new Map<string, readonly Acknowledged[]>();
  const writers: Writer[] = [stack.use(startWriter('kafkajs', place, 'kafkajs', random.below(2 ** 31)))];
  const fed = hasKcat ? stack.use(kcatWriter(place, 'kcat', 0)) : undefined;
  try {
    for (let round = 0; round < rounds; round += 1) {
      fed?.kcat.feed(random.between(20, 100));
      for (const writer of writers) await writer.more(random.between(20, 60));
      const victim = random.between(1, 3);
      await cluster.kill(victim);
      // The others go on without it.
      for (const writer of writers) await writer.more(random.between(1, 20));
      await cluster.restart(victim);
    }
    for (const writer of fed === undefined ? writers : [...writers, fed]) {
      acknowledged.set(writer.name, await writer.finish());
    }
    const total = await expectAllStored(place, acknowledged);
    console.info(`${rounds} kills, ${total} records acknowledged`);
    expect(total).toBeGreaterThan(0);
  } catch (thrown) {
    const last = lines.slice(-60).join('\n');
    throw new Error(`STREAMBUS_TEST_SEED=${seed}; the brokers' last lines:\n${last}`, { cause: thrown });
  }
}, 300_000);
