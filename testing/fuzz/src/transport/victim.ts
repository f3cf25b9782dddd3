import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Peer, TransportMetrics } from '@streambus/transport';
import { type BrokerLog, createBrokerLog } from '../broker-log.ts';
import type { PeerRecord } from './checked-peer.ts';

/** What the victim is asked. */
export type VictimRequest = { readonly id: number } & (
  | { readonly name: 'start' | 'sample' | 'received' | 'status' | 'collect' | 'stop' }
  | { readonly name: 'setPeers'; readonly peers: readonly Peer[] }
);

/** What came of each peer since it became one, as the transport counts it; the checksum where the victim keeps one. */
export type Received = Record<number, PeerRecord>;

/** What became of the witnesses, as the victim saw it. */
export interface VictimStatus {
  /** By witness. */
  readonly witnessMessages: Record<number, number>;
  readonly witnessProblems: string[];
}

/** The victim at one moment. */
export interface VictimSample {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** Undefined where the system does not tell. */
  readonly descriptors: number | undefined;
  /** What keeps the process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  readonly metrics: TransportMetrics;
}

/** The process that is attacked. */
export interface Victim extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly log: BrokerLog;
  readonly isRunning: boolean;
  setPeers(peers: readonly Peer[]): Promise<void>;
  sample(): Promise<VictimSample>;
  received(): Promise<Received>;
  status(): Promise<VictimStatus>;
  collectGarbage(): Promise<void>;
  /** Ends the transport, and then waits for the process to end because nothing is left in it. @returns how it ended */
  stop(timeoutMs: number): Promise<number | string>;
}

const script = fileURLToPath(new URL('./victim-process.ts', import.meta.url));
const answerTimeoutMs = 30_000;

/** Starts the victim; it has no peers yet. */
export async function startVictim(): Promise<Victim> {
  const child = fork(script, {
    execArgv: ['--conditions=@streambus/source', '--expose-gc'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const killWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const log = createBrokerLog();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => log.take(text));
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', killWithUs);
      for (const call of open.values()) call.reject(new Error(`the victim ended with ${signal ?? code}`));
      resolve(signal ?? code ?? 'nothing');
    });
  });
  child.on('message', ({ id, result }: { id: number; result: unknown }) => {
    open.get(id)?.resolve(result);
    open.delete(id);
  });
  let nextId = 0;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const ask = async (request: Omit<VictimRequest, 'id'>): Promise<unknown> => {
    if (!isRunning()) throw new Error('the victim is gone');
    const id = nextId++;
    const call = Promise.withResolvers<unknown>();
    open.set(id, call);
    child.send({ id, ...request });
    const timer = setTimeout(
      () => call.reject(new Error(`the victim did not answer '${request.name}'`)),
      answerTimeoutMs,
    );
    return call.promise.finally(() => clearTimeout(timer));
  };
  const port = (await ask({ name: 'start' })) as number;
  return {
    pid: child.pid ?? -1,
    port,
    log,
    get isRunning() {
      return isRunning();
    },
    async setPeers(peers) {
      await ask({ name: 'setPeers', peers } as Omit<VictimRequest, 'id'>);
    },
    sample: () => ask({ name: 'sample' }) as Promise<VictimSample>,
    received: () => ask({ name: 'received' }) as Promise<Received>,
    status: () => ask({ name: 'status' }) as Promise<VictimStatus>,
    async collectGarbage() {
      await ask({ name: 'collect' });
    },
    async stop(timeoutMs) {
      await ask({ name: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      return ended.finally(() => clearTimeout(timer));
    },
    async [Symbol.asyncDispose]() {
      if (isRunning()) child.kill('SIGKILL');
      await ended;
    },
  };
}
