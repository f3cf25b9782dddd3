import { Worker } from 'node:worker_threads';
import { apis, encodeRecordBatch } from '@streambus/kafka';
import { type BrokerProcess, makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import type { AttackCounts } from './attack.ts';
import type { AttackMessage, AttackRest, AttackWorkerData } from './attack-worker.ts';
import { type BrokerLog, createBrokerLog } from './broker-log.ts';
import { makeTopics } from './cleaner.ts';
import { collectGarbage, inspectorOptions } from './collect-garbage.ts';
import { Dice } from './dice.ts';
import { KafkaSocket } from './kafka-socket.ts';
import { compactedTopic, filledTopic, fuzzTopics, witnessTopic } from './names.ts';
import { permille } from './process-usage.ts';
import { startWatch } from './watch.ts';
import { startWitness } from './witness.ts';

/** A run of the fuzzer. */
export interface FuzzOptions {
  readonly frames: number;
  readonly seed: number;
  readonly idleConnections: number;
  /** How many of them are open together: both processes need a descriptor for each. */
  readonly idleAtOnce: number;
  /** Connections of each bad manner: that never read, that send half a frame and stay, that send a byte now and then. */
  readonly misbehaving: number;
  readonly largeRounds: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (line: string) => void;
}

/** What a run has found. */
export interface FuzzReport {
  /** What must not be; empty when all is well. */
  readonly problems: readonly string[];
  readonly seconds: number;
  readonly counts: AttackCounts;
  readonly rest: AttackRest;
  /** Connections that the broker has refused or ended, by reason, from its metrics. */
  readonly refused: Readonly<Record<string, number>>;
  readonly logLines: BrokerLog['lines'];
  readonly rssMib: {
    readonly start: number;
    readonly max: number;
    readonly unused: number;
    readonly end: number;
    readonly bound: number;
  };
  readonly heartbeatMs: {
    readonly median: number;
    readonly p99: number;
    readonly max: number;
    readonly standstill: number;
    readonly count: number;
  };
  readonly witness: { readonly client: string; readonly rounds: number; readonly slowestMs: number };
}

const mib = 1024 * 1024;
const limits = { inflight: 64 * mib, buffered: 64 * mib, tailCache: 16 * mib, request: 32 * mib };
/**
 * What a broker may use beyond its idle self: what it holds for requests, for clients, and of logs; the objects that the
 * largest requests become, and their garbage, which V8 lets grow to several times what lives before it collects; the pages that
 * the allocators keep. None of this grows with the number of frames.
 */
const rssSlackBytes = 512 * mib;
/** What may stay when the load is over: caches that are full, and memory that V8 and malloc keep for the next time. */
const restSlackBytes = 200 * mib;
/** A stall that a client would notice. */
const maxStandstillMs = 1000;
const quietMs = 15_000;

const settings: readonly string[] = [
  `memory.max.inflight.bytes=${limits.inflight}`,
  `memory.max.buffered.bytes=${limits.buffered}`,
  `socket.request.max.bytes=${limits.request}`,
  `tail.cache.bytes=${limits.tailCache}`,
  'max.connections=20000',
  'max.connections.per.ip=20000',
  'offsets.topic.num.partitions=8',
  'group.initial.rebalance.delay.ms=0',
  // Names that clients ask for become topics: the more there is to go wrong.
  'auto.create.topics.enable=true',
  // So that a million frames do not fill the disk.
  `log.segment.bytes=${8 * mib}`,
  `log.retention.bytes=${32 * mib}`,
  'log.retention.check.interval.ms=5000',
];

/** Starts a broker, treats it badly for as long as the frames last, and says what that did. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  await using folder = await makeTemporaryFolder();
  const log = createBrokerLog();
  await using broker = await startBrokerProcess({
    dataDir: folder.path,
    settings,
    nodeOptions: inspectorOptions,
    onStderr: (text) => log.take(text),
  });
  await prepareTopics(broker.port);
  return await attackBroker(broker, log, options);
}

async function attackBroker(broker: BrokerProcess, log: BrokerLog, options: FuzzOptions): Promise<FuzzReport> {
  const { onProgress = () => {} } = options;
  const startedMs = performance.now();
  let large = 'no large request yet';
  const watch = await startWatch(broker.pid, broker.port, (latencyMs, loopMs) =>
    onProgress(
      `a heartbeat took ${Math.round(latencyMs)} ms, ${Math.round(loopMs)} of them on the processor; ${large}`,
    ),
  );
  watch.stalled.then(() => broker.kill());
  // The first look loads what all later ones use.
  await readRefusals(broker.adminUrl);
  const startRss = watch.rssBytes() ?? 0;
  const witness = startWitness(broker.bootstrap, broker.port);
  let attackFailure: string | undefined;
  let collectFailure: string | undefined;
  let counts: AttackCounts = { frames: {}, large: {}, connections: 0, answers: 0, ended: 0, givenUp: 0 };
  const rest = await runAttack(broker.port, options, (message) => {
    if (message.kind === 'large') large = `${message.state}: ${message.name}`;
    else counts = message.counts;
    if (message.kind === 'counts') onProgress(progressLine(message.counts, watch.rssBytes(), witness.rounds));
  }).catch((thrown: unknown) => {
    attackFailure = `the attack ended early: ${thrown instanceof Error ? thrown.message : thrown}; ${large}`;
    return { idleOpenTogether: 0, topicsRemoved: 0, ended: {} };
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await witness.stop();
  const refused = await readRefusals(broker.adminUrl).catch(() => ({}));
  const unusedRss = watch.rssBytes() ?? 0;
  await collectGarbage(broker).catch((thrown: unknown) => {
    collectFailure = `the garbage could not be collected: ${thrown instanceof Error ? thrown.message : thrown}`;
  });
  const endRss = await restingRss(() => watch.rssBytes(), startRss + restSlackBytes);
  await watch.stop();
  const bound = startRss + limits.inflight + limits.buffered + limits.tailCache + rssSlackBytes;
  const latencies = watch.latenciesMs;
  const maxMs = permille(latencies, 1000);
  // On a busy machine the broker waits for the processor too, which is not its fault.
  const standstillMs = watch.maxLoopMs ?? maxMs;
  const problems: (string | undefined)[] = [attackFailure, collectFailure, witness.failure, watch.failure];
  if (!broker.isRunning) problems.push(`the broker is gone; its last words: ${broker.stderr().slice(-2000)}`);
  if (witness.rounds === 0) problems.push('the witness did not get one round done');
  if (watch.maxRssBytes > bound) problems.push(`memory reached ${inMib(watch.maxRssBytes)} MiB of ${inMib(bound)} MiB`);
  if (endRss > startRss + restSlackBytes)
    problems.push(`memory stayed at ${inMib(endRss)} MiB, from ${inMib(startRss)}`);
  if (standstillMs > maxStandstillMs) problems.push(`the event loop stood still for ${Math.round(standstillMs)} ms`);
  if (rest.idleOpenTogether < Math.min(options.idleAtOnce, options.idleConnections))
    problems.push(`only ${rest.idleOpenTogether} idle connections stayed open together`);
  const code = await broker.stop();
  if (code !== 0) problems.push(`the broker ended with ${code} when it was asked to stop`);
  problems.push(...log.errors.map((line) => `an error in the log: ${line}`));
  return {
    problems: problems.filter((problem) => problem !== undefined),
    seconds,
    counts,
    rest,
    refused,
    logLines: log.lines,
    rssMib: {
      start: inMib(startRss),
      max: inMib(watch.maxRssBytes),
      unused: inMib(unusedRss),
      end: inMib(endRss),
      bound: inMib(bound),
    },
    heartbeatMs: {
      median: permille(latencies, 500),
      p99: permille(latencies, 990),
      max: maxMs,
      standstill: standstillMs,
      count: latencies.length,
    },
    witness: { client: witness.client, rounds: witness.rounds, slowestMs: witness.slowestMs },
  };
}

async function prepareTopics(port: number): Promise<void> {
  using socket = await KafkaSocket.open(port);
  await makeTopics(socket, [witnessTopic], 1);
  await makeTopics(socket, [compactedTopic], 3, [{ name: 'cleanup.policy', value: 'compact' }]);
  await makeTopics(socket, fuzzTopics, 3);
  await makeTopics(socket, [filledTopic], 4);
  const value = new Dice(1).bytes(1_000_000);
  const records = encodeRecordBatch([{ value }]);
  for (let round = 0; round < 64; round++) {
    const topicData = [{ name: filledTopic, partitionData: [{ index: round % 4, records }] }];
    await socket.ask(apis.produce, 9, { acks: 1, timeoutMs: 30_000, topicData });
  }
}

/** The attack has a thread of its own, so that what it costs does not look like the broker's slowness. */
function runAttack(
  port: number,
  options: FuzzOptions,
  onMessage: (message: AttackMessage) => void,
): Promise<AttackRest> {
  const { frames, seed, largeRounds, idleConnections, idleAtOnce, misbehaving } = options;
  const workerData: AttackWorkerData = {
    port,
    frames,
    seed,
    largeRounds,
    idleConnections,
    idleAtOnce,
    misbehaving,
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./attack-worker.ts', import.meta.url), {
      workerData,
      execArgv: ['--conditions=@streambus/source'],
    });
    worker.on('message', (message: AttackMessage) => {
      onMessage(message);
      if (message.kind !== 'done') return;
      resolve(message.rest);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`its thread ended with ${code}`)));
  });
}

/** Waits until memory is back, or until that has taken too long. */
async function restingRss(rssBytes: () => number | undefined, wantedBytes: number): Promise<number> {
  const deadline = performance.now() + quietMs;
  for (;;) {
    const rss = rssBytes() ?? 0;
    if (rss <= wantedBytes || performance.now() > deadline) return rss;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function readRefusals(adminUrl: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const found = text.matchAll(/^streambus_connections_refused_total\{reason="([^"]+)"\} (\d+)/gm);
  return Object.fromEntries(Array.from(found, ([, reason = '', value]) => [reason, Number(value)]));
}

function progressLine(counts: AttackCounts, rssBytes: number | undefined, rounds: number): string {
  const frames = Object.values(counts.frames).reduce((sum, one) => sum + one, 0);
  return `${frames} frames, ${counts.answers} answers, ${inMib(rssBytes ?? 0)} MiB, ${rounds} rounds of the witness`;
}

function inMib(bytes: number): number {
  return Math.round(bytes / mib);
}
