// What `npm start` and `npm test` need before they begin. Plain JavaScript without dependencies: it runs on whatever Node (20 or
// later) the machine has, before anything is installed.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const binFolder = join(repositoryRoot, 'node_modules', '.bin');
const lockfile = join(repositoryRoot, 'pnpm-lock.yaml');
const compiler = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
const windows = process.platform === 'win32';
const passedOn = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** The Node that the repository pins, a dev dependency like any other. */
export const pinnedNode = join(repositoryRoot, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

/** The environment in which `node` means the pinned one, for this process's children and theirs. */
export function toolchainEnvironment() {
  return { ...process.env, PATH: `${binFolder}${delimiter}${process.env['PATH'] ?? ''}` };
}

/**
 * Installs what is missing and builds what has changed. Resolves with how the step that failed ended, or undefined when all
 * is ready.
 *
 * @returns {Promise<Ending | undefined>}
 */
export async function prepare() {
  return (await install()) ?? (await compile()) ?? (await bundle());
}

async function compile() {
  const failure = await step(pinnedNode, [compiler, '-b', 'tsconfig.build.json']);
  // The compiler emits what it compiles; JavaScript that a generator wrote goes beside it as it is.
  for (const folder of packageFolders()) {
    const generated = join(folder, 'src', 'generated');
    if (existsSync(generated)) cpSync(generated, join(folder, 'dist', 'generated'), { recursive: true });
  }
  return failure;
}

/** What the `streambus` binary runs is bundled from what was compiled. */
async function bundle() {
  const script = join(repositoryRoot, 'apps', 'broker', 'scripts', 'bundle.ts');
  const bundled = changedMs(join(repositoryRoot, 'apps', 'broker', 'dist', 'bundle', 'main.js'));
  // The compiler touches a package's build state when it has compiled something of it.
  const sources = [script, lockfile, ...packageFolders().map((folder) => join(folder, 'dist', '.tsbuildinfo'))];
  return sources.every((file) => changedMs(file) < bundled) ? undefined : step(pinnedNode, [script]);
}

function packageFolders() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(repositoryRoot, group)).map((name) => join(repositoryRoot, group, name)),
  );
}

/**
 * When a file was last changed; 0 when it is not there.
 *
 * @param {string} file
 */
function changedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function install() {
  if (isInstalled()) return undefined;
  const { packageManager } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
  process.stderr.write(`installing the dependencies with ${packageManager}\n`);
  return step(windows ? 'npx.cmd' : 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    // pnpm asks before it removes a folder that another installer made; nobody is there to answer.
    env: { ...process.env, CI: 'true' },
    shell: windows,
  });
}

/** pnpm leaves a copy of the lockfile that it installed; as long as it is the same there is nothing to do. */
function isInstalled() {
  const installed = join(repositoryRoot, 'node_modules', '.pnpm', 'lock.yaml');
  if (!existsSync(pinnedNode) || !existsSync(join(binFolder, 'streambus')) || !existsSync(installed)) return false;
  return readFileSync(installed).equals(readFileSync(lockfile));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<Ending | undefined>}
 */
async function step(command, args, options = {}) {
  // What preparing says goes to stderr: stdout belongs to the command that was asked for.
  const ending = await run(command, args, { ...options, stdio: ['ignore', process.stderr, process.stderr] });
  return ending.code === 0 ? undefined : ending;
}

/**
 * Runs a command at the repository's root, passing signals on, and resolves with how it ended.
 *
 * @typedef {{ readonly code: number | null, readonly signal: NodeJS.Signals | null }} Ending
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<Ending>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: toolchainEnvironment(),
      ...options,
    });
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => passOn(child, signal);
    for (const signal of passedOn) process.on(signal, onSignal);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of passedOn) process.off(name, onSignal);
      resolve({ code, signal });
    });
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function passOn(child, signal) {
  // Ctrl-C reaches the whole foreground group by itself; a second one would mean "now, not cleanly".
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(signal);
}

/**
 * Ends this process as the child ended: with its exit code, or by its signal.
 *
 * @param {Ending} ending
 */
export function exitLike({ code, signal }) {
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
  // Where the signal does not end a process, the shell's convention for one that it ended.
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 1000);
}
