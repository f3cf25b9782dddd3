import type { Manifest, Repository, Violation, WorkspacePackage } from './repository.ts';

/** Checks what every package has: manifest, README with an example under test, its place in the solution files. */
export function checkPackages(repository: Repository): Violation[] {
  return [
    ...repository.packages.flatMap((pkg) => [
      ...checkSolution(pkg, repository),
      ...(pkg.manifest.private === true ? [] : [...checkManifest(pkg), ...checkReadme(pkg)]),
    ]),
    ...checkDecisions(repository),
  ];
}

function checkSolution({ folder, manifest, tsconfigs }: WorkspacePackage, repository: Repository): Violation[] {
  const all = repository.rootReferences['tsconfig.json'] ?? [];
  const build = repository.rootReferences['tsconfig.build.json'] ?? [];
  return tsconfigs.flatMap((name) => {
    const path = name === 'tsconfig.json' ? folder : `${folder}/${name}`;
    const emits = manifest.private !== true && name === 'tsconfig.json';
    if ((emits ? build : all).includes(path)) return [];
    const solution = emits ? 'tsconfig.build.json' : 'tsconfig.json';
    return [violation(`${folder}/${name}`, `the root's ${solution} does not reference it`)];
  });
}

function checkManifest({ folder, manifest }: WorkspacePackage): Violation[] {
  const where = `${folder}/package.json`;
  const wanted: [boolean, string][] = [
    [manifest.type === 'module', 'type is not "module": packages are ESM only'],
    [manifest.license === 'Apache-2.0', 'license is not "Apache-2.0"'],
    [manifest.files?.includes('dist') === true, 'files does not include "dist"'],
    [manifest.publishConfig?.access === 'public', 'publishConfig.access is not "public"'],
    [manifest.exports?.['.'] !== undefined, 'exports has no "."'],
  ];
  return [
    ...wanted.flatMap(([fulfilled, message]) => (fulfilled ? [] : [violation(where, message)])),
    ...checkExports(manifest).map((message) => violation(where, message)),
  ];
}

/** Private source condition first, then types, then default; what is published is the same without the first. */
function checkExports({ exports = {}, publishConfig }: Manifest): string[] {
  const published = publishConfig?.exports ?? {};
  return Object.entries(exports).flatMap(([entry, conditions]) => {
    if (typeof conditions === 'string') return [`exports["${entry}"] has no conditions`];
    const expected = ['@streambus/source', 'types', 'default'];
    if (Object.keys(conditions).join() !== expected.join()) {
      return [
        `exports["${entry}"] has the conditions ${Object.keys(conditions).join(', ')}, not ${expected.join(', ')}`,
      ];
    }
    const { '@streambus/source': _source, ...rest } = conditions;
    return JSON.stringify(published[entry]) === JSON.stringify(rest)
      ? []
      : [`publishConfig.exports["${entry}"] is not exports["${entry}"] without its source condition`];
  });
}

function checkReadme({ folder, readme, files }: WorkspacePackage): Violation[] {
  const where = `${folder}/README.md`;
  if (readme === undefined) return [violation(where, 'there is none')];
  if (!readme.includes('```ts\n')) return [violation(where, 'it has no ```ts example')];
  const test = files.find(({ path }) => path === `${folder}/test/readme.test.ts`);
  return test?.text.includes('runReadmeExample(') === true
    ? []
    : [violation(where, `${folder}/test/readme.test.ts does not run its example`)];
}

/** A decision that no test holds is a wish: each record ends by naming the file that catches its violation. */
function checkDecisions(repository: Repository): Violation[] {
  return repository.decisions.flatMap(({ path, text }) => {
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    const tests = [...last.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    if (!last.startsWith('Caught by') || tests.length === 0) {
      return [violation(path, 'its last line does not begin with "Caught by" and name a file in backticks')];
    }
    return tests
      .filter((test) => !repository.exists(test))
      .map((test) => violation(path, `${test} is not in the repository`));
  });
}

function violation(where: string, message: string): Violation {
  return { rule: 'packages', where, message };
}
