import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../../apps/broker/bin/streambus.js', import.meta.url));

/** How a broker process is started. */
export interface BrokerProcessOptions {
  /** Its data folder; it stays when the process ends. */
  readonly dataDir: string;
  /** `dev` has the developer's preset. Default `start`. */
  readonly command?: 'start' | 'dev';
  /** Default 0: any free port. */
  readonly kafkaPort?: number;
  /** `key=value`, as `--set` takes them. */
  readonly settings?: readonly string[];
  /** How long it may take to be ready. Default 30 s: a machine under load is slow. */
  readonly readyTimeoutMs?: number;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Hears everything that it writes to stderr, also what {@link BrokerProcess.stderr} no longer has. */
  readonly onStderr?: (text: string) => void;
}

/** A broker in a process of its own. */
export interface BrokerProcess extends AsyncDisposable {
  readonly pid: number;
  /** host:port for Kafka clients. */
  readonly bootstrap: string;
  readonly port: number;
  /** The admin listener: `http://host:port`. */
  readonly adminUrl: string;
  /** From spawning to the line that says ready. */
  readonly readyMs: number;
  /** Milliseconds that the process itself names in that line. */
  readonly reportedReadyMs: number;
  /** What it has written to stderr so far: its last log lines. */
  stderr(): string;
  /** Ends it at once, as a crash does (SIGKILL), and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it in order (SIGTERM); resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Whether it still runs. */
  readonly isRunning: boolean;
}

const readyPattern = /^streambus ready kafka=(\S+) admin=(\S+) data=(.*) in (\d+) ms$/m;
const keptStderrCharacters = 1_000_000;

/** Starts the built broker as a process; resolves when it says that clients can produce. */
export async function startBrokerProcess(options: BrokerProcessOptions): Promise<BrokerProcess> {
  if (!existsSync(fileURLToPath(new URL('../dist/cli/main.js', `file://${binary}`)))) {
    throw new Error('apps/broker is not built; npm test and pnpm build do that');
  }
  const settings = (options.settings ?? []).flatMap((setting) => ['--set', setting]);
  const listen = ['--kafka-listen', `127.0.0.1:${options.kafkaPort ?? 0}`, '--admin-listen', '127.0.0.1:0'];
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STREAMBUS_')));
  const spawnedMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeOptions ?? []),
      binary,
      options.command ?? 'start',
      '--data-dir',
      options.dataDir,
      ...listen,
      ...settings,
    ],
    { env: inherited, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  // A broker without the process that watches it would live on unseen.
  const killWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    // Not at every piece, as that copies all of it.
    if (stderr.length > 2 * keptStderrCharacters) stderr = stderr.slice(-keptStderrCharacters);
    options.onStderr?.(text);
  });
  const ready = await waitForReady(child, () => stderr, options.readyTimeoutMs ?? 30_000);
  const readyMs = performance.now() - spawnedMs;
  const ended = new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const kill = async (): Promise<void> => {
    if (isRunning()) child.kill('SIGKILL');
    await ended;
  };
  const [, bootstrap = '', admin = '', , reported = ''] = ready;
  return {
    pid: child.pid ?? -1,
    bootstrap,
    port: Number(bootstrap.slice(bootstrap.lastIndexOf(':') + 1)),
    adminUrl: `http://${admin}`,
    readyMs,
    reportedReadyMs: Number(reported),
    stderr: () => stderr,
    kill,
    async stop() {
      if (isRunning()) child.kill('SIGTERM');
      return ended;
    },
    get isRunning() {
      return isRunning();
    },
    [Symbol.asyncDispose]: kill,
  };
}

function waitForReady(
  child: ChildProcess & { readonly stdout: NodeJS.ReadableStream },
  stderr: () => string,
  timeoutMs: number,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the broker was not ready within ${timeoutMs} ms; stderr: ${stderr()}`));
    }, timeoutMs);
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      stdout += text;
      const match = readyPattern.exec(stdout);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the broker ended (${code ?? signal}) before it was ready; stderr: ${stderr()}`));
    });
  });
}
