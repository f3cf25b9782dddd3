import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const binary = join(packageFolder, 'bin', 'streambus.js');

/** Bundles the binary anew: what is tested is the sources as they are. */
export async function buildBinary(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(packageFolder, 'scripts', 'bundle.ts')]);
}

/** A folder for one test. */
export function makeFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'streambus-cli-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** How a process ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `streambus`. */
export interface Cli extends AsyncDisposable {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the first stdout line that matches; rejects if it ends without one. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

export interface CliOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to stdin, which then ends; undefined keeps it open. */
  readonly input?: string | Buffer;
  /** Of what it writes; `latin1` keeps every byte. Default `utf8`. */
  readonly encoding?: BufferEncoding;
}

/** Starts the binary. */
export function startCli(args: readonly string[], options: CliOptions = {}): Cli {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STREAMBUS_')));
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...inherited, ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding(options.encoding ?? 'utf8').on('data', (text: string) => {
      written[name] += text;
      for (const listener of listeners) listener();
    });
  }
  // A process that ends before it has read all of its input is for the test to judge.
  child.stdin.on('error', () => {});
  if (options.input !== undefined) child.stdin.end(options.input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...written }));
  });
  return {
    process: child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(written.stdout);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then((end) => reject(new Error(`no line ${pattern} before the end: ${JSON.stringify(end)}`)));
      }),
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs the binary to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  await using cli = startCli(args, { input: '', ...options });
  return await cli.ended;
}
