/** A process that starts a broker, uses it, closes it, and says what of it is left; told by its arguments what to do. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { apis } from '@streambus/kafka';
import { startBroker } from 'streambus';
import { connectClient } from './protocol-client.ts';
import { createTopic, fetchFrom, produceValues } from './test-broker.ts';

const [, , task, dir = ''] = process.argv;

/** What keeps this process alive, but for its own streams. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap');
}

/** Open files below a folder, where the system tells. */
function openFiles(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

async function use(storage: 'memory' | { readonly dir: string }): Promise<void> {
  const broker = await startBroker({ storage, adminPort: 0, config: { offsetsTopicNumPartitions: 3 } });
  const client = await connectClient(broker.bootstrap);
  const idle = await connectClient(broker.bootstrap);
  const waiting = await connectClient(broker.bootstrap);
  await createTopic(client, 'log', 3);
  await produceValues(client, 'log', ['a', 'b']);
  await client.call(apis.findCoordinator, 2, { key: 'group' });
  const joining = { groupId: 'group', sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000, memberId: '' };
  await client.call(apis.joinGroup, 3, {
    ...joining,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  });
  const poll = fetchFrom(waiting, { topic: 'log', offset: 2, maxWaitMs: 600_000 });
  await fetchFrom(client, { topic: 'log', offset: 0 });
  await broker.close();
  const { errorCode } = await poll;
  if (errorCode !== 0) throw new Error(`the long poll ended with ${errorCode}`);
  await Promise.all([client.ended, idle.ended, waiting.ended]);
}

if (task === 'close') {
  await use('memory');
  await use({ dir });
  // A handle that was ended is off the books when the loop has come round to its callbacks.
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  process.stdout.write(JSON.stringify({ resources: resources(), files: openFiles(dir) }));
} else {
  try {
    await using broker = await startBroker({ storage: { dir } });
    process.stdout.write(JSON.stringify({ started: broker.bootstrap }));
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message?: string };
    process.stdout.write(JSON.stringify({ code, message }));
  }
}
