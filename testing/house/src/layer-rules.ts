import { posix } from 'node:path';
import type { Room } from './layers.ts';
import { isTestFile, type Repository, type SourceFile, type Violation, type WorkspacePackage } from './repository.ts';
import { parse } from './syntax.ts';

/** The one file outside of its package that a package's tests may reach for. */
const sharedTestHelper = 'scripts/readme-example.ts';

/** Checks package.json, tsconfig references and every import against the table of rooms. */
export function checkLayers(repository: Repository, rooms: readonly Room[]): Violation[] {
  const byName = new Map(rooms.map((room) => [room.name, room]));
  return [
    ...rooms.flatMap((room) => checkRoom(room, byName)),
    ...rooms.flatMap((room) =>
      repository.packages.some(({ manifest }) => manifest.name === room.name)
        ? []
        : [violation('the table of layers', `${room.name} is in the table and not in the repository`)],
    ),
    ...repository.packages.flatMap((pkg) => {
      const room = byName.get(pkg.manifest.name);
      if (room === undefined) {
        return [violation(pkg.folder, `${pkg.manifest.name} is not in the table of layers`)];
      }
      return [
        ...checkManifest(pkg, room, byName),
        ...checkPublished(pkg, repository),
        ...checkReferences(pkg, repository),
        ...checkImports(pkg, repository),
      ];
    }),
  ];
}

/** That every arrow goes down is also what forbids cycles. */
function checkRoom(room: Room, byName: ReadonlyMap<string, Room>): Violation[] {
  return room.uses.flatMap((used) => {
    const below = byName.get(used);
    if (below === undefined) return [violation('the table of layers', `${room.name} uses ${used}, which is not in it`)];
    if (below.layer < room.layer) return [];
    const why = `${room.name} (layer ${room.layer}) uses ${used} (layer ${below.layer}); arrows go down`;
    return [violation('the table of layers', why)];
  });
}

function checkManifest(pkg: WorkspacePackage, room: Room, byName: ReadonlyMap<string, Room>): Violation[] {
  const { dependencies, devDependencies, peerDependencies } = pkg.manifest;
  return Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies })
    .filter((name) => byName.has(name) && !room.uses.includes(name))
    .map((name) =>
      violation(`${pkg.folder}/package.json`, `${room.name} depends on ${name}; it may use ${list(room.uses)}`),
    );
}

/** Whoever installs a published package cannot install a private one with it. */
function checkPublished({ folder, manifest }: WorkspacePackage, repository: Repository): Violation[] {
  if (manifest.private === true) return [];
  const { dependencies, peerDependencies } = manifest;
  const needed = Object.keys({ ...dependencies, ...peerDependencies });
  return repository.packages
    .filter((used) => used.manifest.private === true && needed.includes(used.manifest.name))
    .map((used) => {
      const why = `${manifest.name} depends on ${used.manifest.name}, which is not published; its tests may, by devDependencies`;
      return violation(`${folder}/package.json`, why);
    });
}

/**
 * References are what `tsc -b` builds first: they must be exactly the workspace dependencies. A private package may depend on
 * another one only to run it.
 */
function checkReferences(pkg: WorkspacePackage, repository: Repository): Violation[] {
  if (pkg.tsconfigs.length === 0) return [];
  const dependencies = workspaceDependencies(pkg, repository);
  const needed = dependencies.filter((used) => pkg.manifest.private !== true || imports(pkg, used));
  const where = `${pkg.folder}/tsconfig.json`;
  return [
    ...needed
      .filter(({ folder }) => !pkg.references.includes(folder))
      .map(({ folder }) => violation(where, `${folder} is a dependency and not referenced`)),
    ...pkg.references
      .filter((reference) => !dependencies.some(({ folder }) => folder === reference))
      .map((folder) => violation(where, `${folder} is referenced and not a dependency`)),
  ];
}

function imports(pkg: WorkspacePackage, used: WorkspacePackage): boolean {
  return pkg.files.some((file) =>
    parse(file).imports.some(({ specifier }) => packageNameOf(specifier) === used.manifest.name),
  );
}

function workspaceDependencies(pkg: WorkspacePackage, repository: Repository): WorkspacePackage[] {
  const declared = { ...pkg.manifest.dependencies, ...pkg.manifest.devDependencies };
  return repository.packages.filter(({ manifest }) => manifest.name in declared);
}

function checkImports(pkg: WorkspacePackage, repository: Repository): Violation[] {
  return pkg.files.flatMap((file) => {
    const syntax = parse(file);
    return syntax.imports.flatMap(({ specifier, offset }) => {
      const problem = specifier.startsWith('.')
        ? relativeProblem(pkg, file, specifier)
        : bareProblem(pkg, file, specifier, repository);
      return problem === undefined ? [] : [violation(`${file.path}:${syntax.lineOf(offset)}`, problem)];
    });
  });
}

function relativeProblem(pkg: WorkspacePackage, file: SourceFile, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  if (target.startsWith(`${pkg.folder}/`)) return undefined;
  if (isTestFile(file.path) && target === sharedTestHelper) return undefined;
  // The rules, the benchmarks and the conformance tests are about the repository itself.
  if (pkg.folder.startsWith('testing/') && target.startsWith('scripts/')) return undefined;
  return `${specifier} leaves the package; import it by its name`;
}

function bareProblem(
  pkg: WorkspacePackage,
  file: SourceFile,
  specifier: string,
  repository: Repository,
): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  const name = packageNameOf(specifier);
  // A package may import itself by its published name: its tests enter by the front door.
  if (name === pkg.manifest.name) return undefined;
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = pkg.manifest;
  const declared = { ...dependencies, ...peerDependencies };
  const forTests = { ...devDependencies, ...repository.rootManifest.devDependencies };
  if (name in declared || (isTestFile(file.path) && name in forTests)) return undefined;
  return `${specifier} is not among the dependencies of ${pkg.manifest.name}: ${list(Object.keys(declared))}`;
}

function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function violation(where: string, message: string): Violation {
  return { rule: 'layers', where, message };
}
