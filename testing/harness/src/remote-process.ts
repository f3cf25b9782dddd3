import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a process can be asked: each function takes at most one argument, which like its result can be cloned. */
export type Api<Functions> = { readonly [Name in keyof Functions]: (argument: never) => unknown };

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly problem?: string;
}

/** Answers what the process that started this one asks. With its end this one ends. */
export function answerCalls<Functions extends Api<Functions>>(functions: Functions): void {
  // With whoever asked gone there is nobody to hear that an answer cannot be sent.
  const send = (answer: Answer): void => void process.send?.(answer, () => {});
  process.on('message', async ({ id, name, argument }: Call) => {
    const asked = functions[name as keyof Functions];
    try {
      send({ id, result: await asked(argument as never) });
    } catch (error) {
      send({ id, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
}

/** A process that runs a program of the tests' or benchmarks' own. */
export interface Remote<Functions extends Api<Functions>> extends AsyncDisposable {
  readonly pid: number;
  /** How it ended: its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends it a signal; nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
  call<Name extends keyof Functions & string>(
    name: Name,
    ...argument: Parameters<Functions[Name]>
  ): Promise<Awaited<ReturnType<Functions[Name]>>>;
}

/** Where a process lives. */
export interface RemoteOptions {
  /** The network namespace; default: this process's own. */
  readonly namespace?: string;
  /** Variables beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts a program that calls {@link answerCalls}.
 *
 * @param name - what its errors begin with; where `STREAMBUS_BENCH_PROFILES` names a folder, the profile of its processor time is kept there under it
 */
export function startRemote<Functions extends Api<Functions>>(
  script: URL,
  name: string,
  { namespace, environment }: RemoteOptions = {},
): Remote<Functions> {
  const folder = process.env['STREAMBUS_BENCH_PROFILES'];
  const profile =
    folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`];
  const command = ['--conditions=@streambus/source', ...profile];
  const child = fork(fileURLToPath(script), {
    serialization: 'advanced',
    env: { ...process.env, ...environment },
    ...(namespace === undefined
      ? { execArgv: command }
      : { execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath, ...command] }),
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let nextId = 0;
  child.on('message', ({ id, result, problem }: Answer) => {
    const call = open.get(id);
    open.delete(id);
    if (problem === undefined) call?.resolve(result);
    else call?.reject(new Error(`${name}: ${problem}`));
  });
  child.on('exit', (code, signal) => {
    for (const call of open.values()) call.reject(new Error(`${name} ended with ${signal ?? code}`));
  });
  return {
    pid: child.pid ?? -1,
    ended,
    signal: (signal) => void child.kill(signal),
    call(asked, argument?) {
      const call = Promise.withResolvers<unknown>();
      const id = nextId++;
      open.set(id, call);
      child.send({ id, name: asked, argument } satisfies Call, (error) => {
        if (error !== null) call.reject(error);
      });
      return call.promise as Promise<never>;
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
