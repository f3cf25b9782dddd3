import { type ChildProcess, spawn } from 'node:child_process';

/** A script in a process of its own, heard line by line. */
export interface ScriptProcess extends AsyncDisposable {
  /** Lines written so far. */
  readonly lines: readonly string[];
  readonly stderr: string;
  /** Resolves when what was written so far satisfies the test; rejects when the process ends before, or after `timeoutMs`. */
  until(what: string, test: (lines: readonly string[]) => boolean, timeoutMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

/** Runs a script of this package on this Node. */
export function runScript(file: URL, parameters: readonly string[]): ScriptProcess {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@streambus/source', file.pathname, ...parameters],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    },
  );
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let rest = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const listener of [...listeners]) listener();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let isRunning = true;
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      isRunning = false;
      resolve(code);
      for (const listener of [...listeners]) listener();
    });
  });
  const kill = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (isRunning) child.kill(signal);
    return ended;
  };
  return {
    lines,
    get stderr() {
      return stderr;
    },
    ended,
    kill,
    until: (what, test, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error): void => {
          clearTimeout(timer);
          listeners.delete(look);
          if (error === undefined) resolve();
          else reject(error);
        };
        const look = (): void => {
          if (test(lines)) done();
          else if (!isRunning) done(new Error(`the process ended before: ${what}; stderr: ${stderr}`));
        };
        const timer = setTimeout(
          () => done(new Error(`not within ${timeoutMs} ms: ${what}; last: ${lines.at(-1)}; stderr: ${stderr}`)),
          timeoutMs,
        );
        listeners.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      await kill('SIGKILL');
    },
  };
}
