import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Clock, defer } from '@streambus/runtime';
import { BrokerError } from '../broker/errors.ts';

/** The same from the sources, from what the compiler wrote, and from the bundle. */
const binary = fileURLToPath(new URL('../../bin/streambus.js', import.meta.url));

const readyPattern = /^streambus ready kafka=(\S+) admin=(\S+) data=.* in \d+ ms$/;

/** How much of what a process has said is told when it ends early. */
const keptLines = 20;

type Environment = Readonly<Record<string, string | undefined>>;

/** How a broker is started as a process of its own. */
export interface ChildBrokerOptions {
  /** What `streambus` is called with. */
  readonly args: readonly string[];
  /** Settings in it are left out: what is set for this process is not meant for that one. */
  readonly environment: Environment;
  readonly readyTimeoutMs: number;
  /** Whether it is spared the signals of this process's terminal. Default false. */
  readonly ownGroup?: boolean;
  /** Hears every line that it writes. */
  readonly onLine?: (line: string) => void;
}

/** How a process ended: its exit code, or the signal that killed it. */
export type ChildEnd = number | NodeJS.Signals;

/** A broker in a process of its own. */
export interface ChildBroker {
  readonly pid: number;
  /** Host and port for Kafka clients; undefined until it is {@link ready}. */
  readonly bootstrap: string | undefined;
  /** Resolves when clients can produce. @throws BrokerError `BROKER_PROCESS_ENDED`, `BROKER_PROCESS_SLOW` */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<ChildEnd>;
  readonly isRunning: boolean;
  /** Nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts a broker as a process, which does not outlive this one. */
export function startChildBroker(options: ChildBrokerOptions, clock: Clock): ChildBroker {
  const child = spawn(process.execPath, [binary, ...options.args], {
    env: withoutSettings(options.environment),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup === true,
  });
  const killWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const end = defer<ChildEnd>();
  const ready = defer<void>();
  // Whoever waits for its end only has no use for this.
  ready.promise.catch(() => {});
  const last: string[] = [];
  let bootstrap: string | undefined;
  const onLine = (line: string): void => {
    last.push(line);
    if (last.length > keptLines) last.shift();
    bootstrap ??= readyPattern.exec(line)?.[1];
    if (bootstrap !== undefined) ready.resolve();
    options.onLine?.(line);
  };
  const fail = (code: 'BROKER_PROCESS_ENDED' | 'BROKER_PROCESS_SLOW', what: string): void => {
    ready.reject(new BrokerError(code, `the broker's process ${what}; its last lines: ${last.join('\n')}`));
  };
  const timer = clock.setTimer(options.readyTimeoutMs, () => {
    fail('BROKER_PROCESS_SLOW', `was not ready within ${options.readyTimeoutMs} ms`);
  });
  ready.promise.finally(() => timer.cancel()).catch(() => {});
  tellLines(child, onLine);
  // After its last line was read.
  child.once('close', (code, signal) => {
    process.off('exit', killWithUs);
    fail('BROKER_PROCESS_ENDED', `ended with ${signal ?? code}`);
    end.resolve(signal ?? code ?? 0);
  });
  child.once('error', (error) => {
    fail('BROKER_PROCESS_ENDED', `could not be started: ${error.message}`);
    end.resolve(1);
  });
  return {
    pid: child.pid ?? -1,
    get bootstrap() {
      return bootstrap;
    },
    ready: ready.promise,
    ended: end.promise,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    signal: (signal) => void child.kill(signal),
  };
}

function tellLines(child: ChildProcessByStdio<null, Readable, Readable>, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    stream.once('end', () => {
      if (rest !== '') onLine(rest);
    });
  }
}

function withoutSettings(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('STREAMBUS_')));
}
