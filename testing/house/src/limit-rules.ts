import { isTestFile, type Repository, type SourceFile, type Violation, type WorkspacePackage } from './repository.ts';
import { isNode, nameOf, parse } from './syntax.ts';

/** An option that bounds something. Durations are no queues. */
const boundName = /^max[A-Z]\w*(?<!Ms|Ticks)$/;

/** Checks that docs/LIMITS.md lists every bound that a package lets its users set, and no other. */
export function checkLimits(repository: Repository): Violation[] {
  const page = limitsByPackage(repository.limits.text);
  const published = repository.packages.filter(({ manifest }) => manifest.private !== true);
  const unknown = [...page.keys()].filter((name) => !published.some(({ manifest }) => manifest.name === name));
  return [
    ...unknown.map((name) => violation(repository.limits.path, `there is no package ${name}`)),
    ...published.flatMap((pkg) => {
      const listed = page.get(pkg.manifest.name) ?? [];
      return [...unlisted(pkg, listed), ...withoutSource(pkg, listed, repository.limits.path)];
    }),
  ];
}

/** The names in the first column of each package's table. */
function limitsByPackage(text: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [
        section.slice(0, section.indexOf('\n')).trim(),
        [...section.matchAll(/^\| `([^`]+)`\s*\|/gm)].map((match) => match[1] ?? ''),
      ]),
  );
}

function unlisted(pkg: WorkspacePackage, listed: readonly string[]): Violation[] {
  // The broker's users set configuration keys, not the options of its parts.
  if (pkg.folder.startsWith('apps/')) return [];
  return pkg.files
    .filter(({ path }) => !isTestFile(path))
    .flatMap((file) => boundsIn(file).map((bound) => ({ ...bound, file })))
    .filter(({ name }) => !listed.includes(name))
    .map(({ name, line, file }) =>
      violation(`${file.path}:${line}`, `docs/LIMITS.md does not list ${name} under ${pkg.manifest.name}`),
    );
}

function boundsIn(file: SourceFile): { readonly name: string; readonly line: number }[] {
  const { visits, lineOf } = parse(file);
  return visits.flatMap(({ node }) => {
    if (node.type !== 'TSInterfaceDeclaration' || !/Options$/.test(nameOf(node['id']) ?? '')) return [];
    const body = isNode(node['body']) ? node['body']['body'] : [];
    return (Array.isArray(body) ? body : []).filter(isNode).flatMap((member) => {
      const name = nameOf(member['key']);
      return name !== undefined && boundName.test(name) ? [{ name, line: lineOf(member.start) }] : [];
    });
  });
}

function withoutSource(pkg: WorkspacePackage, listed: readonly string[], path: string): Violation[] {
  return listed
    .filter((name) => !pkg.files.some((file) => !isTestFile(file.path) && file.text.includes(name)))
    .map((name) => violation(path, `${name} is nowhere in ${pkg.folder}`));
}

function violation(where: string, message: string): Violation {
  return { rule: 'limits', where, message };
}
