import type { Allowance, Ban } from './ban-list.ts';
import { isTestFile, type Repository, type SourceFile, type Violation } from './repository.ts';
import { isNode, nameOf, parse, type SyntaxNode, stringOf, type Visit } from './syntax.ts';

/** Something a file reaches for: in the same words as {@link Ban.what}. */
interface Use {
  readonly what: string;
  readonly line: number;
}

/** Checks every file of the published code against the ban list. */
export function checkBans(repository: Repository, bans: readonly Ban[], allowances: readonly Allowance[]): Violation[] {
  const used = new Set<Allowance>();
  const files = repository.packages.flatMap((pkg) => pkg.files).filter(({ path }) => !isTestFile(path));
  const violations = files.flatMap((file) =>
    usesIn(file).flatMap((use) => {
      const ban = bans.find(({ what }) => matches(what, use.what));
      if (ban === undefined) return [];
      const allowance = allowances.find((one) => covers(one, file, ban));
      if (allowance !== undefined) {
        used.add(allowance);
        return [];
      }
      return [violation(`${file.path}:${use.line}`, `${use.what} is banned; use ${ban.instead}`)];
    }),
  );
  const stale = allowances
    .filter((allowance) => !used.has(allowance))
    .map(({ path, what }) => violation(path, `the allowance of ${what} is no longer needed; take it off the list`));
  return [...violations, ...stale];
}

function matches(banned: string, use: string): boolean {
  return banned.endsWith('*') ? use.startsWith(banned.slice(0, -1)) : use === banned;
}

function covers(allowance: Allowance, file: SourceFile, ban: Ban): boolean {
  const here = allowance.path.endsWith('/') ? file.path.startsWith(allowance.path) : file.path === allowance.path;
  return here && (allowance.what === '*' || allowance.what === ban.what);
}

function usesIn(file: SourceFile): Use[] {
  const { visits, imports, lineOf } = parse(file);
  const imported = imports.flatMap(({ specifier, names, offset }) =>
    [specifier, ...names.map((name) => `${specifier}#${name}`)].map((what) => ({ what, line: lineOf(offset) })),
  );
  const reached = visits.flatMap((visit) => reachOf(visit).map((what) => ({ what, line: lineOf(visit.node.start) })));
  const byText = new Map([...imported, ...reached].map((use) => [`${use.line} ${use.what}`, use]));
  return [...byText.values()];
}

/** The globals that an expression names: `setTimeout`, `Date.now`, `console`. */
function reachOf(visit: Visit): string[] {
  const { node, parent, field } = visit;
  if (node.type === 'MemberExpression') {
    const owner = globalName(node['object']);
    const member = memberName(node);
    if (owner === undefined || member === undefined) return [];
    if (owner !== 'globalThis') return [`${owner}.${member}`];
    return member === 'Date' && !readsClock(parent, field) ? [] : [member];
  }
  const name = nameOf(node);
  if (name === undefined || parent === undefined || isOnlyAName(parent, field)) return [];
  // `Date` is free except where it reads the clock.
  return name === 'Date' && !readsClock(parent, field) ? [] : [name];
}

function globalName(node: unknown): string | undefined {
  if (isNode(node) && node.type === 'MemberExpression' && nameOf(node['object']) === 'globalThis')
    return memberName(node);
  return nameOf(node);
}

function memberName(node: SyntaxNode): string | undefined {
  return node['computed'] === true ? stringOf(node['property']) : nameOf(node['property']);
}

function readsClock(parent: SyntaxNode | undefined, field: string): boolean {
  if (parent === undefined || field !== 'callee') return false;
  const args = parent['arguments'];
  return parent.type === 'CallExpression' || (Array.isArray(args) && args.length === 0);
}

/** A name of a member, a property, a parameter or a type is no use of the global of that name. */
function isOnlyAName(parent: SyntaxNode, field: string): boolean {
  if (parent.type.startsWith('TS')) return true;
  if (/^(Import|Export)/.test(parent.type)) return true;
  if ((field === 'property' || field === 'key') && parent['computed'] !== true) return parent['shorthand'] !== true;
  return field === 'params' || field === 'id' || field === 'label';
}

function violation(where: string, message: string): Violation {
  return { rule: 'ban list', where, message };
}
