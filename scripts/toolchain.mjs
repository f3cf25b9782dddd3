// What `npm start` and `npm test` need before they begin. Plain JavaScript without dependencies: it runs on whatever Node (20 or
// later) the machine has, before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const binFolder = join(repositoryRoot, 'node_modules', '.bin');
const windows = process.platform === 'win32';

/** The Node that the repository pins, a dev dependency like any other. */
export const pinnedNode = join(repositoryRoot, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

/** The environment in which `node` means the pinned one, for this process's children and theirs. */
export function toolchainEnvironment() {
  return { ...process.env, PATH: `${binFolder}${delimiter}${process.env.PATH ?? ''}` };
}

/** Installs what is missing and builds what has changed; ends this process when that fails. */
export async function prepare() {
  if (!isInstalled()) {
    const { packageManager } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    say(`installing the dependencies with ${packageManager}`);
    await orExit(windows ? 'npx.cmd' : 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
      // pnpm asks before it removes a folder that another installer made; nobody is there to answer.
      env: { ...process.env, CI: 'true' },
      shell: windows,
    });
  }
  await orExit(pinnedNode, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b', 'tsconfig.build.json']);
}

/** pnpm leaves a copy of the lockfile that it installed; as long as it is the same there is nothing to do. */
function isInstalled() {
  const installed = join(repositoryRoot, 'node_modules', '.pnpm', 'lock.yaml');
  if (!existsSync(pinnedNode) || !existsSync(join(binFolder, 'streambus')) || !existsSync(installed)) return false;
  return readFileSync(installed).equals(readFileSync(join(repositoryRoot, 'pnpm-lock.yaml')));
}

async function orExit(command, args, options = {}) {
  // What preparing says goes to stderr: stdout belongs to the command that was asked for.
  const ending = await run(command, args, { ...options, stdio: ['ignore', process.stderr, process.stderr] });
  if (ending.code !== 0 || ending.signal !== null) exitLike(ending);
}

/**
 * Runs a command at the repository's root, passing signals on, and resolves with how it ended.
 *
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: toolchainEnvironment(),
      ...options,
    });
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, () => passOn(child, signal)]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve({ code, signal });
    });
  });
}

function passOn(child, signal) {
  // Ctrl-C reaches the whole foreground group by itself; a second one would mean "now, not cleanly".
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(signal);
}

/** Ends this process as the child ended: with its exit code, or by its signal. */
export function exitLike({ code, signal }) {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  // Where the signal does not end a process, the shell's convention for one that it ended.
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 1000);
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}
