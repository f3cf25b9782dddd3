import { makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import type { BenchClient } from './bench-client.ts';
import { createTopic, deleteTopic } from './kafka-call.ts';
import type { FlushPolicy, Plan } from './plan.ts';
import { residentBytes } from './process-usage.ts';

/** What a real client reaches. */
export interface ClientFigures {
  readonly policy: FlushPolicy;
  readonly client: string;
  readonly recordBytes: number;
  readonly producedRecordsPerSecond: number;
  readonly producedBytesPerSecond: number;
  /** From giving a record to the client to its acknowledgement, at full speed: most of it is waiting in the client. */
  readonly loadedP50Ms: number;
  readonly loadedP99Ms: number;
  /** The same with one record at a time. */
  readonly aloneP50Ms: number;
  readonly aloneP99Ms: number;
  readonly consumedRecordsPerSecond: number;
  readonly consumedBytesPerSecond: number;
  /** The broker's resident memory after it. */
  readonly residentBytes: number;
}

const recordSizes = [100, 1024];

/** Measures each client with one policy, each on a broker of its own. */
export async function measureClients(
  policy: FlushPolicy,
  clients: readonly BenchClient[],
  plan: Plan,
): Promise<ClientFigures[]> {
  const figures: ClientFigures[] = [];
  for (const client of clients) {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBrokerProcess({
      dataDir: folder.path,
      settings: [`flush.policy=${policy}`, 'group.initial.rebalance.delay.ms=0'],
    });
    for (const recordBytes of recordSizes) {
      const measured = await measureClient(client, broker.bootstrap, broker.port, recordBytes, plan);
      figures.push({ policy, client: client.name, recordBytes, ...measured, residentBytes: residentBytes(broker.pid) });
    }
  }
  return figures;
}

async function measureClient(
  client: BenchClient,
  bootstrap: string,
  port: number,
  recordBytes: number,
  plan: Plan,
): Promise<Omit<ClientFigures, 'policy' | 'client' | 'recordBytes' | 'residentBytes'>> {
  const { clientMs } = plan;
  const task = { bootstrap, topic: `fast-${recordBytes}`, recordBytes, durationMs: clientMs };
  const slow = { ...task, topic: `alone-${recordBytes}`, durationMs: clientMs / 2 };
  for (const { topic } of [task, slow]) await createTopic(port, topic);
  // The first run compiles the code of both sides.
  await client.produce({ ...slow, durationMs: clientMs / 2 });
  const alone = await client.latency(slow);
  const produced = await client.produce(task);
  const wanted = { bootstrap, topic: task.topic, records: produced.records, durationMs: 5 * clientMs };
  const consumed = await client.consume(wanted);
  for (const { topic } of [task, slow]) await deleteTopic(port, topic);
  if (consumed.bytes !== consumed.records * recordBytes) throw new Error(`${client.name} read records of other sizes`);
  const producedPerSecond = (produced.records / produced.elapsedMs) * 1000;
  return {
    producedRecordsPerSecond: producedPerSecond,
    producedBytesPerSecond: producedPerSecond * recordBytes,
    loadedP50Ms: produced.p50Ms,
    loadedP99Ms: produced.p99Ms,
    aloneP50Ms: alone.p50Ms,
    aloneP99Ms: alone.p99Ms,
    consumedRecordsPerSecond: (consumed.records / consumed.elapsedMs) * 1000,
    consumedBytesPerSecond: (consumed.bytes / consumed.elapsedMs) * 1000,
  };
}
