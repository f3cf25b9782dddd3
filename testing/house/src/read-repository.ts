import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Manifest, Repository, SourceFile, WorkspacePackage } from './repository.ts';

const groups = ['packages', 'apps', 'testing', 'examples'];
const skippedFolders = new Set(['node_modules', 'dist', 'generated']);

/** Reads the repository at `root` for the rules. */
export function readRepository(root: string): Repository {
  const folders = groups.flatMap((group) => foldersIn(root, group));
  return {
    packages: folders.map((folder) => readPackage(root, folder)),
    rootManifest: readJson<Manifest>(join(root, 'package.json')),
    rootReferences: Object.fromEntries(
      ['tsconfig.json', 'tsconfig.build.json'].map((file) => [file, readReferences(join(root, file))]),
    ),
    decisions: readFiles(root, 'docs/decisions', '.md'),
    documents: [
      ...['.', ...folders].flatMap((folder) => readDocumentsIn(root, folder)),
      ...readFiles(root, 'docs', '.md'),
    ],
    limits: { path: 'docs/LIMITS.md', text: readFileSync(join(root, 'docs/LIMITS.md'), 'utf8') },
    exists: (path) => existsSync(join(root, path)),
  };
}

function foldersIn(root: string, group: string): string[] {
  if (!existsSync(join(root, group))) return [];
  return readdirSync(join(root, group))
    .sort()
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
}

function readPackage(root: string, folder: string): WorkspacePackage {
  const tsconfigs = readdirSync(join(root, folder)).filter((name) => /^tsconfig.*\.json$/.test(name));
  const references = tsconfigs
    .flatMap((name) => readReferences(join(root, folder, name)))
    .map((path) => posix.join(folder, path))
    .filter((path) => !path.startsWith(`${folder}/`));
  const readme = join(root, folder, 'README.md');
  return {
    folder,
    manifest: readJson<Manifest>(join(root, folder, 'package.json')),
    references: [...new Set(references)].sort(),
    tsconfigs,
    files: ['src', 'test'].flatMap((part) => readFiles(root, `${folder}/${part}`, '.ts')),
    readme: existsSync(readme) ? readFileSync(readme, 'utf8') : undefined,
  };
}

function readFiles(root: string, folder: string, ending: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : readFiles(root, path, ending);
      return entry.name.endsWith(ending) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : [];
    });
}

function readDocumentsIn(root: string, folder: string): SourceFile[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => posix.join(folder, name))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function readReferences(file: string): string[] {
  if (!existsSync(file)) return [];
  const { references = [] } = readJson<{ references?: { path: string }[] }>(file);
  return references.map(({ path }) => path);
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
