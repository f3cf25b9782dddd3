import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { TlsCredentials } from '@streambus/runtime';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { hasProgram, type Remote, runProgram, startRemote } from '@streambus-testing/harness';
import type { ContenderName } from './contenders.ts';
import type { EndSample, Work } from './end-load.ts';

/** What one side of a contender's connection can be asked. */
export interface EndFunctions {
  /** @returns the port */
  listen(side: Side): Promise<number>;
  connect(side: Side & { readonly port: number }): Promise<void>;
  /** Resolves when the listener has its connection. */
  connected(): Promise<void>;
  begin(load: { readonly work: Work; readonly messageBytes: number }): void;
  sample(): EndSample;
  readMetrics(timesPerSecond: number): void;
  timeMetrics(reads: number): number;
}

export interface Side {
  readonly contender: ContenderName;
  readonly credentials: TlsCredentials | undefined;
}

/** Two processes and their one connection. */
export interface Pair extends AsyncDisposable {
  readonly dialler: Remote<EndFunctions>;
  readonly listener: Remote<EndFunctions>;
}

/** What the dialler does. */
export interface PairLoad {
  readonly work: 'round-trips' | 'stream';
  readonly messageBytes: number;
}

/** What a pair did during one window. */
export interface PairFigures {
  /** Round trips, or messages that arrived. */
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Of round trips. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Seconds of processor time that a million messages or round trips take. */
  readonly diallerSecondsPerMillion: number;
  readonly listenerSecondsPerMillion: number;
  readonly diallerResidentBytes: number;
  readonly listenerResidentBytes: number;
  /** Of both sides. */
  readonly metricsReadsPerSecond: number;
}

const script = new URL('../../peers/transport-end.ts', import.meta.url);

/** The names that the transport expects of nodes 1 to `count`, in certificates of one authority. */
export function issueCredentials(count: number): readonly TlsCredentials[] {
  const authority = createCertificateAuthority({ name: 'bench' });
  return Array.from({ length: count }, (_, index) => authority.issue({ names: [`node-${index + 1}`] }));
}

/**
 * Starts both processes and connects them.
 *
 * @param use - what the pair is for: a part of the names of its profiles
 */
export async function startPair(contender: ContenderName, isSecured: boolean, use: string): Promise<Pair> {
  const pair = new ConnectedPair(`${contender}${isSecured ? '-tls' : ''}-${use}`);
  try {
    const [diallerCredentials, listenerCredentials] = isSecured ? issueCredentials(2) : [];
    const port = await pair.listener.call('listen', { contender, credentials: listenerCredentials });
    await pair.dialler.call('connect', { contender, credentials: diallerCredentials, port });
    await pair.listener.call('connected');
    await pinMainThread(pair.dialler.pid, 0);
    await pinMainThread(pair.listener.pid, 1);
    return pair;
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
}

class ConnectedPair implements Pair {
  readonly dialler: Remote<EndFunctions>;
  readonly listener: Remote<EndFunctions>;

  constructor(profile: string) {
    this.dialler = startRemote(script, `${profile}-dialler`);
    this.listener = startRemote(script, `${profile}-listener`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.dialler[Symbol.asyncDispose](), this.listener[Symbol.asyncDispose]()]);
  }
}

/**
 * Two processes that talk are now and then put on one processor, where a round trip takes half as long, as it does between no two
 * machines. Only the threads that run JavaScript are kept apart; where the system cannot do that, nothing is.
 */
async function pinMainThread(pid: number, processor: number): Promise<void> {
  if (availableParallelism() <= processor || !hasProgram('taskset')) return;
  await runProgram('taskset', ['-c', '-p', String(processor), String(pid)]);
}

/** What is under way when a load ends is gone after this. */
const settleMs = 50;

/** Loads a pair, and measures what it does after the warm-up. */
export async function measurePair(
  { dialler, listener }: Pair,
  { work, messageBytes }: PairLoad,
  warmUpMs: number,
  windowMs: number,
): Promise<PairFigures> {
  await listener.call('begin', { work: work === 'round-trips' ? 'echo' : 'idle', messageBytes });
  await dialler.call('begin', { work, messageBytes });
  await delay(warmUpMs);
  const before = await Promise.all([dialler.call('sample'), listener.call('sample')]);
  await delay(windowMs);
  const after = await Promise.all([dialler.call('sample'), listener.call('sample')]);
  await dialler.call('begin', { work: 'idle', messageBytes });
  await delay(settleMs);
  return figures(work, before, after);
}

type Both = readonly [dialler: EndSample, listener: EndSample];

function figures(work: PairLoad['work'], before: Both, after: Both): PairFigures {
  const counted = work === 'round-trips' ? 0 : 1;
  const perSecond = (side: 0 | 1, value: (sample: EndSample) => number): number =>
    ((value(after[side]) - value(before[side])) / (after[side].atMs - before[side].atMs)) * 1000;
  const messagesPerSecond = perSecond(counted, (sample) => sample.receivedMessages);
  // Microseconds for one are seconds for a million.
  const secondsPerMillion = (side: 0 | 1): number =>
    perSecond(side, (sample) => sample.processorUs) / messagesPerSecond;
  if (!(messagesPerSecond > 0)) throw new Error('nothing arrived');
  const [dialler, listener] = after;
  return {
    messagesPerSecond,
    bytesPerSecond: perSecond(counted, (sample) => sample.receivedBytes),
    p50Us: dialler.roundTrips.p50Ms * 1000,
    p99Us: dialler.roundTrips.p99Ms * 1000,
    diallerSecondsPerMillion: secondsPerMillion(0),
    listenerSecondsPerMillion: secondsPerMillion(1),
    diallerResidentBytes: dialler.residentBytes,
    listenerResidentBytes: listener.residentBytes,
    metricsReadsPerSecond:
      perSecond(0, (sample) => sample.metricsReads) + perSecond(1, (sample) => sample.metricsReads),
  };
}
