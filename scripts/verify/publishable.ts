import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  binFolder,
  type CommandResult,
  inParallel,
  type Manifest,
  manifestOf,
  pnpm,
  root,
  run,
  tool,
  workspaceFolders,
} from './command.ts';

/** A package as its users get it. */
interface PackedPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly tarball: string;
}

/**
 * Packs every package that is published and looks at what users get: manifest and types by publint and attw, and then,
 * installed from the tarballs in a project of its own, every entry imported and every README's example type-checked and run.
 */
export async function checkPublishable(): Promise<CommandResult> {
  const built = await node(root, ['scripts/prepare.mjs']);
  if (!built.ok) return built;
  const folder = await mkdtemp(join(tmpdir(), 'streambus-publishable-'));
  try {
    const packed = await pack(join(folder, 'tarballs'));
    if (typeof packed === 'string') return { ok: false, output: packed };
    const looks = await inParallel(2, packed, lookAt);
    const problems = [...looks.flat(), ...(await tryOut(join(folder, 'project'), packed))];
    return { ok: problems.length === 0, output: problems.join('\n') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pack(target: string): Promise<PackedPackage[] | string> {
  await mkdir(target);
  const published = workspaceFolders()
    .map((folder) => ({ folder, manifest: manifestOf(folder) }))
    .filter(({ manifest }) => manifest.private !== true);
  const filters = published.flatMap(({ manifest }) => ['--filter', manifest.name]);
  const { ok, output } = await pnpm(['--recursive', ...filters, 'pack', '--pack-destination', target]);
  if (!ok) return `pnpm pack failed\n${output}`;
  return published.map((one) => ({ ...one, tarball: join(target, tarballName(one.manifest)) }));
}

/** As npm and pnpm name them. */
function tarballName({ name, version }: Manifest): string {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}

async function lookAt({ tarball, manifest }: PackedPackage): Promise<string[]> {
  const results = [
    await tool('publint', 'run', tarball, '--strict'),
    // attw opens only what has entries to import.
    await tool('attw', tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'),
  ];
  return results.flatMap(({ ok, output }) => (ok ? [] : [`${manifest.name}:\n${output}`]));
}

async function tryOut(project: string, packages: readonly PackedPackage[]): Promise<string[]> {
  await mkdir(project);
  const installed = await install(project, packages);
  if (!installed.ok) return [`the tarballs cannot be installed:\n${installed.output}`];
  const examples = await writeExamples(project, packages);
  const steps = [
    ...packages.map((one) => () => importEntries(project, one)),
    () => checkTypes(project, examples),
    ...examples.map((file) => () => runExample(project, file)),
    ...packages.flatMap(({ manifest }) =>
      Object.keys(manifest.bin ?? {}).map(
        (name) => () => run(join(project, 'node_modules', '.bin', name), ['--help'], project),
      ),
    ),
  ];
  const results = await inParallel(2, steps, (step) => step());
  return results.flatMap(({ ok, output }) => (ok ? [] : [output]));
}

async function install(project: string, packages: readonly PackedPackage[]): Promise<CommandResult> {
  const tarballs = Object.fromEntries(packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  // An example may use what its package is developed with, and the clients that users install beside it.
  const forExamples = Object.fromEntries(
    packages
      .flatMap(({ manifest }) => [manifest.dependencies ?? {}, manifest.devDependencies ?? {}])
      .flatMap((dependencies) => Object.entries(dependencies))
      // Private packages are for the tests of this repository.
      .filter(([name, range]) => name in tarballs || !range.startsWith('workspace:')),
  );
  const manifest = { name: 'user', private: true, type: 'module', dependencies: { ...forExamples, ...tarballs } };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  const overrides = Object.entries(tarballs).map(([name, tarball]) => `  '${name}': '${tarball}'`);
  await writeFile(join(project, 'pnpm-workspace.yaml'), `packages: []\noverrides:\n${overrides.join('\n')}\n`);
  const installed = await pnpm(['install', '--prefer-offline', '--no-frozen-lockfile', '--ignore-scripts'], project);
  // The user's Node and its types are those of the repository.
  await symlink(join(root, 'node_modules', '.bin', 'node'), join(project, 'node_modules', '.bin', 'node')).catch(
    () => {},
  );
  await mkdir(join(project, 'node_modules', '@types'), { recursive: true });
  await symlink(join(root, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node')).catch(
    () => {},
  );
  return installed;
}

/** Every entry can be imported by plain Node, and brings something. */
function importEntries(project: string, { manifest }: PackedPackage): Promise<CommandResult> {
  const specifiers = Object.keys(manifest.exports ?? {}).map((entry) => manifest.name + entry.slice(1));
  const script = `
    for (const specifier of ${JSON.stringify(specifiers)}) {
      const names = Object.keys(await import(specifier));
      if (names.length === 0) throw new Error(specifier + ' exports nothing');
    }`;
  return node(project, ['--input-type=module', '-e', script]);
}

async function writeExamples(project: string, packages: readonly PackedPackage[]): Promise<string[]> {
  const files: string[] = [];
  for (const { folder } of packages) {
    const readme = join(folder, 'README.md');
    const code = existsSync(readme) ? /```ts\n([\s\S]*?)```/.exec(await readFile(readme, 'utf8'))?.[1] : undefined;
    if (code === undefined) continue;
    const file = `readme-of-${basename(folder)}.ts`;
    await writeFile(join(project, file), code);
    files.push(file);
  }
  return files;
}

/** The examples, against the published types, as a strict user would check them. */
async function checkTypes(project: string, files: readonly string[]): Promise<CommandResult> {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  // The declarations of @platformatic/kafka name a module whose types it leaves to its users.
  await writeFile(join(project, 'others.d.ts'), "declare module 'debug' { export type Debugger = () => void }\n");
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['others.d.ts', ...files] }),
  );
  return run(join(binFolder, 'tsc'), ['-p', 'tsconfig.json'], project);
}

/** Those that are programs of several nodes are run as the first one, alone: its id and its port. */
async function runExample(project: string, file: string): Promise<CommandResult> {
  const { ok, output } = await node(project, [file, '1', String(await freePort())]);
  return { ok, output: ok ? output : `${file} fails against the packed packages:\n${output}` };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function node(folder: string, args: readonly string[]): Promise<CommandResult> {
  return run(join(binFolder, 'node'), args, folder);
}
