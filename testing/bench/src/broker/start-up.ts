import { makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { median } from '../statistics.ts';
import { createTopic } from './kafka-call.ts';
import { residentBytes } from './process-usage.ts';

/** How long some starts took. */
export interface StartTimes {
  readonly folder: 'empty' | 'used';
  readonly starts: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** From the process's own first moment; the rest is the system's and the reader's of the line. */
  readonly reportedMedianMs: number;
}

/** Times starts on new folders, and on one that has been used. */
export async function measureStarts(starts: number): Promise<StartTimes[]> {
  // The first start of all fills the caches of the system and the compiler, and is nobody's.
  await startOnce();
  const empty = [];
  for (let start = 0; start < starts; start++) empty.push(await startOnce());
  await using folder = await makeTemporaryFolder();
  await startOnce(folder.path, 'topic');
  const used = [];
  for (let start = 0; start < starts; start++) used.push(await startOnce(folder.path));
  return [summary('empty', empty), summary('used', used)];
}

/** The resident memory of a broker that nobody asks anything, in bytes. */
export async function measureIdleMemory(idleMs: number): Promise<number> {
  await using folder = await makeTemporaryFolder();
  await using broker = await startBrokerProcess({ dataDir: folder.path });
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  return residentBytes(broker.pid);
}

interface OneStart {
  readonly readyMs: number;
  readonly reportedReadyMs: number;
}

async function startOnce(dataDir?: string, newTopic?: string): Promise<OneStart> {
  await using folder = dataDir === undefined ? await makeTemporaryFolder() : undefined;
  await using broker = await startBrokerProcess({ dataDir: dataDir ?? folder?.path ?? '' });
  if (newTopic !== undefined) await createTopic(broker.port, newTopic);
  await broker.stop();
  return broker;
}

function summary(folder: StartTimes['folder'], starts: readonly OneStart[]): StartTimes {
  const times = starts.map(({ readyMs }) => readyMs);
  return {
    folder,
    starts: times.length,
    medianMs: median(times),
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    reportedMedianMs: median(starts.map(({ reportedReadyMs }) => reportedReadyMs)),
  };
}
