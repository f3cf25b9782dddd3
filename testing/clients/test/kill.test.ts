import { type BrokerProcess, makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { expect, it } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { hasKcat, runScript, type ScriptProcess } from '../src/index.ts';
import { killWhileStarting } from '../src/killed-start.ts';
import { createSeededRandom, seedOfThisRun } from '../src/seeded-random.ts';
import { committedOffset, createTopic } from '../src/wire-calls.ts';
import { kcatWriter } from './support/kcat-writer.ts';
import { type Acknowledged, expectAllStored, startWriter, type Writer } from './support/writers.ts';

const rounds = 50;
const roundsPerBlock = 10;
const partitionCount = 3;
const topic = 'orders';
// Small segments, so that brokers are killed while they begin a new one too.
const settings = ['log.segment.bytes=65536', 'message.max.bytes=60000', 'offsets.topic.num.partitions=3'];

/** Lines that the broker has written as errors. */
function errorLines(broker: BrokerProcess): string[] {
  return broker
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{') && /"level":"?(50|60|error|fatal)/.test(line));
}

function lastCommitted(script: ScriptProcess): number {
  const line = script.lines.findLast((text) => text.startsWith('committed '));
  return line === undefined ? -1 : Number(line.split(' ')[1]);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it(`${rounds} brokers are killed at random moments under idempotent producers: every acknowledged record is there, in order, once, and so are committed offsets${hasKcat ? '' : ' (without kcat, which is not on this machine)'}`, async () => {
  const seed = seedOfThisRun();
  const random = createSeededRandom(seed);
  await using folder = await makeTemporaryFolder();
  const dataDir = `${folder.path}/data`;
  const port = await freePort();
  const place = { port, topic, partitionCount };
  const start = (): Promise<BrokerProcess> => startBrokerProcess({ dataDir, kafkaPort: port, settings });

  await using stack = new AsyncDisposableStack();
  let broker = await start();
  stack.defer(() => broker.kill());
  await createTopic(port, topic, partitionCount);
  const committer = stack.use(
    runScript(new URL('../src/offset-committer.ts', import.meta.url), [String(port), topic, 'watchers']),
  );
  const acknowledged = new Map<string, readonly Acknowledged[]>();
  let kills = 0;
  let total = 0;

  /** One broker's life: it serves a while, is killed, and its follower may be killed before it serves. */
  const round = async (writers: readonly Writer[]): Promise<void> => {
    const awaited = writers[random.below(writers.length)];
    await awaited?.more(random.between(1, 40));
    await pause(random.below(30));
    await broker.kill();
    kills++;
    expect(errorLines(broker)).toEqual([]);
    const committedBefore = lastCommitted(committer);
    while (random.below(4) === 0) {
      await killWhileStarting(dataDir, port, settings, random.between(50, 400));
      kills++;
    }
    broker = await start();
    expect(await committedOffset(port, 'watchers', topic)).toBeGreaterThanOrEqual(committedBefore);
  };

  const block = async (index: number): Promise<void> => {
    await using blockStack = new AsyncDisposableStack();
    const own = blockStack.use(startWriter('own', place, `own-${index}`, random.below(2 ** 31)));
    const writers = [own];
    if (index % 2 === 1) {
      writers.push(blockStack.use(startWriter('kafkajs', place, `kafkajs-${index}`, random.below(2 ** 31))));
    }
    const fed =
      hasKcat && index % 2 === 0
        ? blockStack.use(kcatWriter(place, `kcat-${index}`, index % partitionCount))
        : undefined;
    for (let count = 0; count < roundsPerBlock; count++) {
      fed?.kcat.feed(random.between(1, 50));
      await round(writers);
    }
    for (const writer of fed === undefined ? writers : [...writers, fed]) {
      acknowledged.set(writer.name, await writer.finish());
    }
    total = await expectAllStored(place, acknowledged);
  };

  try {
    for (let index = 0; index < rounds / roundsPerBlock; index++) await block(index);
    expect(await committer.kill('SIGTERM'), committer.stderr).toBe(0);
    expect(await committedOffset(port, 'watchers', topic)).toBe(lastCommitted(committer));
  } catch (thrown) {
    const last = `the broker's last lines:\n${broker.stderr().slice(-3000)}`;
    throw new Error(`STREAMBUS_TEST_SEED=${seed}, after ${kills} kills; ${last}`, { cause: thrown });
  }
  expect(kills).toBeGreaterThanOrEqual(rounds);
  console.info(`${kills} kills, ${total} records acknowledged, ${lastCommitted(committer) + 1} offsets committed`);
}, 300_000);
