import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { RefusalReason } from '@streambus/transport';
import { Dice } from '../dice.ts';
import { permille } from '../process-usage.ts';
import type { AttackCounts, AttackResult } from './attack.ts';
import type { AttackMessage, AttackWorkerData } from './attack-worker.ts';
import { compareReceived, findLeaks, findMissed, untilAlone, untilQuiet } from './findings.ts';
import { allBadPeerIds, heldBytesBound, host, limits, witnessIds } from './plan.ts';
import { type HandshakeTimes, overflowHandshakes, timeHandshakes } from './slow-handshakes.ts';
import { startVictim, type Victim, type VictimSample } from './victim.ts';
import { type VictimWatch, watchVictim } from './watch-victim.ts';
import { Witness } from './witness.ts';

/** A run of the transport's fuzzer. */
export interface TransportFuzzOptions {
  /** That the attack sends, at least. */
  readonly bytes: number;
  readonly seed: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (line: string) => void;
}

/** What a run has found. */
export interface TransportFuzzReport {
  /** What must not be; empty when all is well. */
  readonly problems: readonly string[];
  readonly seconds: number;
  readonly counts: AttackCounts;
  /** Messages of bad peers that were compared one by one. */
  readonly comparedMessages: number;
  readonly refused: Readonly<Record<RefusalReason, number>>;
  readonly logLines: { readonly warn: number; readonly error: number; readonly other: number };
  readonly start: VictimSample;
  readonly end: VictimSample;
  readonly most: Pick<
    VictimWatch,
    'maxRssBytes' | 'maxHeapBytes' | 'maxBufferBytes' | 'maxDescriptors' | 'maxHandshakes' | 'maxLoopMs'
  >;
  readonly bounds: { readonly rssBytes: number; readonly heldBytes: number; readonly descriptors: number };
  readonly handshakeMs: HandshakeTimes;
  readonly witness: {
    readonly messages: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
}

const mib = 1024 * 1024;
/** What V8 adds: garbage that nobody has collected yet, of objects and of buffers, and what the allocators keep. */
const rssSlackBytes = 160 * mib;
/** Before it is measured where it starts from: code is compiled, caches are filled. */
const warmUpShare = 0.1;
const stopTimeoutMs = 10_000;

/** Starts a victim and its witnesses, attacks it until the bytes are sent, and says what that did. */
export async function fuzzTransport(options: TransportFuzzOptions): Promise<TransportFuzzReport> {
  await using victim = await startVictim();
  await using caller = await Witness.start(witnessIds.dials);
  await using called = await Witness.start(witnessIds.isDialled);
  try {
    return await new Run(victim, [caller, called], options).report();
  } catch (cause) {
    if (victim.isRunning) throw cause;
    throw new Error(`the victim is gone; its last words: ${victim.log.errors.join('\n')}`, { cause });
  }
}

class Run {
  readonly #victim: Victim;
  readonly #witnesses: readonly Witness[];
  readonly #options: TransportFuzzOptions;
  readonly #dice: Dice;
  readonly #problems: string[] = [];

  constructor(victim: Victim, witnesses: readonly Witness[], options: TransportFuzzOptions) {
    this.#victim = victim;
    this.#witnesses = witnesses;
    this.#options = options;
    this.#dice = new Dice(options.seed);
  }

  async report(): Promise<TransportFuzzReport> {
    const { bytes, seed } = this.#options;
    const startedMs = performance.now();
    await this.#beginWitnesses();
    await this.#compare(await this.#attack(Math.ceil(bytes * warmUpShare), seed + 1, false));
    const start = await this.#rest();
    const watch = watchVictim(this.#victim);
    this.#time(true);
    const attacked = await this.#attack(bytes, seed, true);
    const handshakeMs = await timeHandshakes(this.#victim, this.#dice, this.#problems);
    if (process.platform === 'linux') await overflowHandshakes(this.#victim, this.#problems);
    const comparedMessages = await this.#compare(attacked);
    // To collect garbage stops the victim for longer than anything else does.
    this.#time(false);
    await watch.stop();
    this.#problems.push(...watch.problems, ...findMissed(await this.#victim.sample()));
    const end = await this.#rest();
    await this.#endWitnesses();
    const seconds = (performance.now() - startedMs) / 1000;
    this.#problems.push(...findLeaks(start, end));
    const bounds = this.#holdToBounds(start, watch);
    await this.#stopVictim();
    const { log } = this.#victim;
    this.#problems.push(...log.errors.map((line) => `an error in the log: ${line}`));
    const delays = this.#witnesses.flatMap(({ delaysMs }) => delaysMs);
    return {
      problems: this.#problems,
      seconds,
      counts: attacked.counts,
      comparedMessages,
      refused: end.metrics.refusedHandshakes,
      logLines: log.lines,
      start,
      end,
      most: watch,
      bounds,
      handshakeMs,
      witness: {
        messages: delays.length,
        p50Ms: permille(delays, 500),
        p99Ms: permille(delays, 990),
        maxMs: permille(delays, 1000),
      },
    };
  }

  async #beginWitnesses(): Promise<void> {
    await this.#victim.setPeers(this.#witnesses.map(({ peer }) => peer));
    await Promise.all(this.#witnesses.map((witness) => witness.begin(this.#victim.port)));
  }

  #time(isTimed: boolean): void {
    for (const witness of this.#witnesses) witness.isTimed = isTimed;
  }

  /** @param ports - of the peers that listen; the others are where nobody does */
  async #setPeers(ports: Readonly<Record<number, number>>): Promise<void> {
    const nobody = await unusedPort();
    const bad = allBadPeerIds.map((id) => ({ id, address: { host, port: ports[id] ?? nobody } }));
    await this.#victim.setPeers([...this.#witnesses.map(({ peer }) => peer), ...bad]);
  }

  /** The attack has a thread of its own, so that what it costs does not look like the victim's slowness. */
  async #attack(bytes: number, seed: number, isPatient: boolean): Promise<AttackResult> {
    const workerData: AttackWorkerData = { port: this.#victim.port, bytes, seed, isPatient };
    const worker = new Worker(new URL('./attack-worker.ts', import.meta.url), {
      workerData,
      execArgv: ['--conditions=@streambus/source'],
    });
    const { promise, resolve, reject } = Promise.withResolvers<AttackResult>();
    worker.on('message', (message: AttackMessage) => {
      if (message.kind === 'done') resolve(message.result);
      else if (message.kind === 'counts') this.#options.onProgress?.(progressLine(message.counts));
      else void this.#setPeers(message.ports).then(() => worker.postMessage('go'), reject);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the attack's thread ended with ${code}`)));
    const result = await promise;
    await worker.terminate();
    this.#problems.push(...result.problems);
    return result;
  }

  async #compare({ expected }: AttackResult): Promise<number> {
    this.#note(await untilQuiet(this.#victim, this.#witnesses.length));
    const { problems, messages } = compareReceived(expected, await this.#victim.received());
    this.#problems.push(...problems);
    return messages;
  }

  /** What the victim holds when the witnesses are its only peers and its garbage is collected. */
  async #rest(): Promise<VictimSample> {
    await this.#victim.setPeers(this.#witnesses.map(({ peer }) => peer));
    this.#note(await untilAlone(this.#victim, this.#witnesses.length));
    await this.#victim.collectGarbage();
    return await this.#victim.sample();
  }

  #note(problem: string | undefined): void {
    if (problem !== undefined) this.#problems.push(problem);
  }

  async #endWitnesses(): Promise<void> {
    await Promise.all(this.#witnesses.map((witness) => witness.end()));
    const { witnessMessages, witnessProblems } = await this.#victim.status();
    this.#problems.push(...this.#witnesses.flatMap(({ problems }) => problems), ...witnessProblems);
    for (const { nodeId, sent } of this.#witnesses) {
      const came = witnessMessages[nodeId] ?? 0;
      if (came !== sent) this.#problems.push(`witness ${nodeId} asked ${sent} questions, and ${came} came`);
      if (sent === 0) this.#problems.push(`witness ${nodeId} asked nothing`);
    }
  }

  #holdToBounds(start: VictimSample, watch: VictimWatch): TransportFuzzReport['bounds'] {
    const heldBytes = heldBytesBound(allBadPeerIds.length + this.#witnesses.length);
    const rssBytes = start.rss + heldBytes + rssSlackBytes;
    // Unfinished handshakes, connections that end, and one connection and one attempt of each peer.
    const descriptors = (start.descriptors ?? 0) + limits.maxHandshakes + 256 + 2 * allBadPeerIds.length;
    const check = (what: string, most: number, bound: number): void => {
      if (most > bound) this.#problems.push(`${what} reached ${most}, over the bound of ${bound}`);
    };
    check('resident memory', watch.maxRssBytes, rssBytes);
    check('the heap', watch.maxHeapBytes, start.heapUsed + rssSlackBytes);
    check('memory of buffers', watch.maxBufferBytes, start.arrayBuffers + heldBytes + rssSlackBytes);
    check('open descriptors', watch.maxDescriptors, descriptors);
    check('unfinished handshakes', watch.maxHandshakes, limits.maxHandshakes);
    return { rssBytes, heldBytes, descriptors };
  }

  async #stopVictim(): Promise<void> {
    const code = await this.#victim.stop(stopTimeoutMs);
    if (code !== 0) this.#problems.push(`the victim ended with ${code}, not by itself, when its transport was stopped`);
  }
}

function progressLine(counts: AttackCounts): string {
  const parts = Object.entries(counts).map(([name, { bytes, connections }]) => {
    return `${name}: ${(bytes / 1e6).toFixed(1)} MB, ${connections} connections`;
  });
  return parts.join('; ');
}

/** One at which nobody listens. */
function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
