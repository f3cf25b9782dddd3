import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrokerProcess, makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { median } from '../statistics.ts';
import { startBareServer } from './bare-server.ts';
import { measureDisk } from './disk-alone.ts';
import { type FetchedTopic, fetchBytes, fetchHeadBytes, runBareFetchLoad, runFetchLoad } from './fetch-load.ts';
import { batchOf, createTopic, deleteTopic, producedAt, produceFrame } from './kafka-call.ts';
import { connectionCount, type FlushPolicy, type Plan, type Shape } from './plan.ts';
import { type ProduceLoadResult, runProduceLoad } from './produce-load.ts';

/** The broker beside the bare server, with the same requests from the same client. */
export interface ProduceComparison {
  readonly policy: FlushPolicy;
  readonly shape: string;
  readonly batchBytes: number;
  readonly broker: ProduceFigures;
  readonly bare: ProduceFigures;
  /** Bytes per second that the disk alone takes. */
  readonly diskBytesPerSecond: number;
  /** The broker's bytes per second over the bare server's: the median of the rounds. */
  readonly ratio: number;
}

export interface ProduceFigures {
  readonly bytesPerSecond: number;
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for one request. */
  readonly processorUs: number;
}

/** Measures every shape with one policy. */
export async function compareProduce(policy: FlushPolicy, plan: Plan): Promise<ProduceComparison[]> {
  await using folder = await makeTemporaryFolder();
  await using broker = await startBrokerProcess({
    dataDir: join(folder.path, 'data'),
    settings: [`flush.policy=${policy}`],
  });
  const comparisons: ProduceComparison[] = [];
  const eachMs = plan.compileMs / plan.shapes.length;
  for (const shape of plan.shapes)
    await loadBroker(broker, 'warm-up', shape, { ...plan, warmUpMs: 0, windowMs: eachMs });
  for (const shape of plan.shapes) comparisons.push(await compareShape(broker, folder.path, policy, shape, plan));
  return comparisons;
}

async function compareShape(
  broker: BrokerProcess,
  folder: string,
  policy: FlushPolicy,
  shape: Shape,
  plan: Plan,
): Promise<ProduceComparison> {
  const frame = produceFrame('load-0', shape);
  const answerBytes = await answerBytesOf(broker, shape);
  await using bare = await startBareServer([join(folder, 'bare'), policy, answerBytes]);
  const brokerRounds: ProduceLoadResult[] = [];
  const bareRounds: ProduceLoadResult[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    bareRounds.push(await loadOnce(bare, frame, shape, plan));
    brokerRounds.push(await loadBroker(broker, `load-${round}`, shape, plan));
  }
  const group = new Array<Buffer>(connectionCount * shape.depth).fill(frame);
  const ratios = brokerRounds.map(
    (ours, round) => ours.requestsPerSecond / (bareRounds[round]?.requestsPerSecond ?? 0),
  );
  return {
    policy,
    shape: shape.name,
    batchBytes: batchOf(shape).length,
    broker: figures(brokerRounds, frame, shape),
    bare: figures(bareRounds, frame, shape),
    diskBytesPerSecond: measureDisk(join(folder, 'disk'), group, policy, plan.windowMs),
    ratio: median(ratios),
  };
}

/** What one answer takes with its length, and that the broker answers at all. */
async function answerBytesOf({ port, pid }: BrokerProcess, shape: Shape): Promise<number> {
  await createTopic(port, 'load-0');
  const load = { port, pid, connections: 1, depth: 1, frame: produceFrame('load-0', shape), warmUpMs: 0, windowMs: 1 };
  const { lastAnswers } = await runProduceLoad(load);
  await deleteTopic(port, 'load-0');
  return 4 + (lastAnswers[0]?.length ?? 0);
}

async function loadBroker(broker: BrokerProcess, topic: string, shape: Shape, plan: Plan): Promise<ProduceLoadResult> {
  await createTopic(broker.port, topic);
  const result = await loadOnce(broker, produceFrame(topic, shape), shape, plan);
  const last = Math.max(...result.lastAnswers.map(producedAt));
  const stored = last + shape.recordsPerBatch;
  const sent = result.requests * shape.recordsPerBatch;
  if (stored !== sent) throw new Error(`${sent} records were acknowledged; the log holds ${stored}`);
  await deleteTopic(broker.port, topic);
  return result;
}

function loadOnce(
  { port, pid }: { readonly port: number; readonly pid: number },
  frame: Buffer,
  shape: Shape,
  plan: Plan,
): Promise<ProduceLoadResult> {
  const { warmUpMs, windowMs } = plan;
  return runProduceLoad({ port, pid, connections: connectionCount, depth: shape.depth, frame, warmUpMs, windowMs });
}

function figures(rounds: readonly ProduceLoadResult[], frame: Buffer, shape: Shape): ProduceFigures {
  const requestsPerSecond = median(rounds.map((round) => round.requestsPerSecond));
  return {
    bytesPerSecond: requestsPerSecond * frame.length,
    recordsPerSecond: requestsPerSecond * shape.recordsPerBatch,
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
    processorUs: median(rounds.map(({ processorUs }) => processorUs)),
  };
}

/** Reading, beside a bare server that sends the same file in pieces of the same size. */
export interface FetchComparison {
  readonly shape: string;
  readonly from: 'memory' | 'disk';
  readonly brokerBytesPerSecond: number;
  readonly bareBytesPerSecond: number;
  readonly ratio: number;
}

const fetchConnections = 2;
/** What a partition keeps in memory is 1 MiB. */
const memoryBytes = 900 * 1024;
const diskBytes = 256 * 1024 * 1024;

/** Measures reading every shape: at the tail, and from the files with a broker that has just been started on them. */
export async function compareFetch(plan: Plan): Promise<FetchComparison[]> {
  await using folder = await makeTemporaryFolder();
  const comparisons: FetchComparison[] = [];
  for (const shape of plan.shapes) {
    await using data = await makeTemporaryFolder();
    let fetched: FetchedTopic;
    {
      await using filled = await startBrokerProcess({ dataDir: data.path, settings: ['flush.policy=os'] });
      fetched = await fill(filled, shape);
      const tailBatches = Math.floor(memoryBytes / fetched.batchBytes);
      const startOffset = Math.max(0, fetched.endOffset - tailBatches * fetched.recordsPerBatch);
      comparisons.push(await compareReads(filled, { ...fetched, startOffset }, folder.path, shape, 'memory', plan));
      await filled.stop();
    }
    await using restarted = await startBrokerProcess({ dataDir: data.path, settings: ['tail.cache.bytes=0'] });
    comparisons.push(await compareReads(restarted, fetched, folder.path, shape, 'disk', plan));
  }
  return comparisons;
}

async function fill({ port, pid }: BrokerProcess, shape: Shape): Promise<FetchedTopic> {
  const topic = 'read';
  const batchBytes = batchOf(shape).length;
  await createTopic(port, topic);
  let endOffset = 0;
  // Small requests are many: what a second or two of them fills is enough.
  const deadlineMs = performance.now() + 2000;
  while ((endOffset / shape.recordsPerBatch) * batchBytes < diskBytes && performance.now() < deadlineMs) {
    const { lastAnswers } = await runProduceLoad({
      port,
      pid,
      connections: connectionCount,
      depth: shape.depth,
      frame: produceFrame(topic, shape),
      warmUpMs: 0,
      windowMs: 200,
    });
    endOffset = Math.max(...lastAnswers.map(producedAt)) + shape.recordsPerBatch;
  }
  return { topic, startOffset: 0, endOffset, recordsPerBatch: shape.recordsPerBatch, batchBytes };
}

async function compareReads(
  broker: BrokerProcess,
  fetched: FetchedTopic,
  folder: string,
  shape: Shape,
  from: FetchComparison['from'],
  plan: Plan,
): Promise<FetchComparison> {
  const file = join(folder, 'served');
  const batches = (fetched.endOffset - fetched.startOffset) / fetched.recordsPerBatch;
  await writeFile(file, Buffer.alloc(Math.min(batches * fetched.batchBytes, diskBytes), 'x'));
  const dataBytes = Math.floor(fetchBytes / fetched.batchBytes) * fetched.batchBytes;
  await using bare = await startBareServer([file, 'serve', 4 + fetchHeadBytes(fetched.topic), dataBytes]);
  const ours: number[] = [];
  const theirs: number[] = [];
  const oneWindow = plan.windowMs / 2;
  await runFetchLoad(broker.port, fetched, fetchConnections, oneWindow);
  await runBareFetchLoad(bare.port, fetched.topic, fetchConnections, oneWindow);
  for (let round = 0; round < plan.rounds; round++) {
    theirs.push(await runBareFetchLoad(bare.port, fetched.topic, fetchConnections, oneWindow));
    ours.push(await runFetchLoad(broker.port, fetched, fetchConnections, oneWindow));
  }
  const ratio = median(ours.map((bytes, round) => bytes / (theirs[round] ?? 0)));
  return {
    shape: shape.name,
    from,
    brokerBytesPerSecond: median(ours),
    bareBytesPerSecond: median(theirs),
    ratio,
  };
}
