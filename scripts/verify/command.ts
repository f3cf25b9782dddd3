import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's root. */
export const root: string = dirname(dirname(import.meta.dirname));

/** Where the tools of the repository are, the pinned Node among them. */
export const binFolder: string = join(root, 'node_modules', '.bin');

/** How a command ended: in order or not, and everything it said. */
export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a command to its end, keeping what it says. */
export function run(command: string, args: readonly string[], folder: string = root): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...quiet, PATH: `${binFolder}:${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(said).toString().trim() }));
  });
}

/** Nobody is asked anything and nothing is reported home. */
const quiet = { CI: 'true', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_COLOR: '1' };

/** Runs one of the repository's tools. */
export function tool(name: string, ...args: readonly string[]): Promise<CommandResult> {
  return run(join(binFolder, name), args);
}

/** Runs the pinned pnpm, whether or not there is one on the machine. */
export function pnpm(args: readonly string[], folder?: string): Promise<CommandResult> {
  const own = process.env['npm_execpath'] ?? '';
  if (/pnpm[^/]*$/.test(own)) return run(own, args, folder);
  return run('npx', ['--yes', pinnedPnpm(), ...args], folder);
}

function pinnedPnpm(): string {
  return manifestOf(root).packageManager ?? 'pnpm';
}

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly packageManager?: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The folders of every workspace package. */
export function workspaceFolders(): string[] {
  return ['packages', 'apps', 'testing']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .sort();
}

/** Runs `work` over `items`, at most `width` at a time, and keeps their order. */
export async function inParallel<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
