import { createRequire, flushCompileCache } from 'node:module';
import { toError } from '@streambus/runtime';
import { createNodeDisk, nodeClock } from '@streambus/runtime/node';
import type { CliContext } from './context.ts';
import { exitCodes } from './errors.ts';
import { runProgram } from './program.ts';

/** The one place where the command line touches its process. */
const context: CliContext = {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: nodeClock,
  disk: createNodeDisk(),
  startedAtMs: performance.timeOrigin,
  version: () => (createRequire(import.meta.url)('../../package.json') as { readonly version: string }).version,
  stopSignal,
  onUncaught(callback) {
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      process.on(event, (thrown: unknown) => {
        callback(toError(thrown));
        process.exit(exitCodes.failed);
      });
    }
  },
  onExit: (callback) => process.once('exit', callback),
  saveCompiledCode: () => flushCompileCache(),
};

let stop: AbortController | undefined;

function stopSignal(): AbortSignal {
  if (stop !== undefined) return stop.signal;
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      controller.abort(name);
    });
  }
  stop = controller;
  return controller.signal;
}

// A reader that goes away, as `| head` does, is no crash; commands that write for long watch for it themselves.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

process.exit(await runProgram(process.argv.slice(2), context));
