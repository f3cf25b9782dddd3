import { type BrokerProcess, makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { expect, it } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { createTopic } from '../src/wire-calls.ts';
import { type Acknowledged, expectAllStored, startWriter } from './support/writers.ts';

const settings = ['offsets.topic.num.partitions=1', 'log.format=json'];
const recoveryLine = 'read what followed the checkpoint';

it('a second process on the same folder is refused, and told who has it', async () => {
  await using folder = await makeTemporaryFolder();
  const dataDir = `${folder.path}/data`;
  await using first = await startBrokerProcess({ dataDir, settings });
  await expect(startBrokerProcess({ dataDir, settings })).rejects.toThrow(
    new RegExp(`${dataDir}/lock is locked by the living process ${first.pid}\\b`),
  );
  await createTopic(first.port, 'unharmed', 1);
  expect(first.isRunning).toBe(true);
  expect(await first.stop()).toBe(0);
  await using second = await startBrokerProcess({ dataDir, settings });
  expect(second.isRunning).toBe(true);
}, 60_000);

it('SIGTERM under load: exit 0 in time, nothing acknowledged is lost, and the next start has nothing to recover; after a kill it has', async () => {
  await using folder = await makeTemporaryFolder();
  const dataDir = `${folder.path}/data`;
  const port = await freePort();
  const place = { port, topic: 'orders', partitionCount: 3 };
  const shutdownTimeoutMs = 8000;
  const start = (): Promise<BrokerProcess> =>
    startBrokerProcess({
      dataDir,
      kafkaPort: port,
      settings: [...settings, `shutdown.timeout.ms=${shutdownTimeoutMs}`],
    });
  await using stack = new AsyncDisposableStack();
  let broker = await start();
  stack.defer(() => broker.kill());
  await createTopic(port, place.topic, place.partitionCount);
  const writers = ['one', 'two', 'three'].map((name, index) => stack.use(startWriter('own', place, name, index)));
  for (let round = 0; round < 5; round++) {
    await Promise.all(writers.map((writer) => writer.more(20)));
    const startedMs = performance.now();
    expect(await broker.stop(), broker.stderr()).toBe(0);
    // Half of it is for clients that do not let go; these do.
    expect(performance.now() - startedMs).toBeLessThan(shutdownTimeoutMs / 2);
    expect(broker.stderr()).not.toContain(recoveryLine);
    broker = await start();
  }
  await Promise.all(writers.map((writer) => writer.more(20)));
  await broker.kill();
  broker = await start();
  const acknowledged = new Map<string, readonly Acknowledged[]>();
  for (const writer of writers) acknowledged.set(writer.name, await writer.finish());
  expect(broker.stderr()).toContain(recoveryLine);
  await expectAllStored(place, acknowledged);
}, 60_000);
