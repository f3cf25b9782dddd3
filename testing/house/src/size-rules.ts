import { isTestFile, type Repository, type SourceFile, type Violation } from './repository.ts';
import { nameOf, parse, type SyntaxNode, type Visit } from './syntax.ts';

/** Lines at which a file is a wall. */
export const maxFileLines = 800;

/** Lines at which a function is a wall. */
export const maxFunctionLines = 70;

/** A function that is too long today: it may get shorter, never longer. */
export interface LongFunction {
  readonly path: string;
  readonly name: string;
  readonly lines: number;
}

/** Checks the lengths of files and functions. The ratchet holds the exceptions, each with the length that it has now. */
export function checkSizes(repository: Repository, ratchet: readonly LongFunction[]): Violation[] {
  const files = repository.packages.flatMap((pkg) => pkg.files);
  const long = files.filter(({ path }) => !isTestFile(path)).flatMap(longFunctions);
  return [
    ...files.flatMap(checkFile),
    ...long.flatMap((found) => checkFunction(found, ratchet)),
    ...ratchet
      .filter((entry) => !long.some((found) => isSame(found, entry)))
      .map((entry) => violation(entry.path, `${entry.name} is short enough by now; take it off the ratchet`)),
  ];
}

function checkFile({ path, text }: SourceFile): Violation[] {
  const lines = text.trimEnd().split('\n').length;
  return lines <= maxFileLines ? [] : [violation(path, `${lines} lines; a file has at most ${maxFileLines}`)];
}

function checkFunction(found: LongFunction & { readonly line: number }, ratchet: readonly LongFunction[]): Violation[] {
  const where = `${found.path}:${found.line}`;
  const entry = ratchet.find((one) => isSame(found, one));
  if (entry === undefined) {
    return [violation(where, `${found.name} has ${found.lines} lines; a function has at most ${maxFunctionLines}`)];
  }
  if (found.lines > entry.lines) {
    return [
      violation(where, `${found.name} has grown from ${entry.lines} to ${found.lines} lines; it may only shrink`),
    ];
  }
  return found.lines === entry.lines
    ? []
    : [violation(where, `${found.name} has shrunk to ${found.lines} lines; write that number on the ratchet`)];
}

function isSame(a: LongFunction, b: LongFunction): boolean {
  return a.path === b.path && a.name === b.name;
}

function longFunctions(file: SourceFile): (LongFunction & { readonly line: number })[] {
  const { visits, lineOf } = parse(file);
  return visits.filter(isFunction).flatMap((visit) => {
    const { node } = visit;
    const lines = lineOf(node.end) - lineOf(node.start) + 1;
    if (lines <= maxFunctionLines) return [];
    return [{ path: file.path, name: functionName(visit), lines, line: lineOf(node.start) }];
  });
}

function isFunction({ node }: Visit): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** Its own name, or that of the variable, property or method that holds it. */
function functionName({ node, parent }: Visit): string {
  return nameOf(node['id']) ?? holderName(parent) ?? 'an unnamed function';
}

function holderName(parent: SyntaxNode | undefined): string | undefined {
  if (parent === undefined) return undefined;
  const key = parent['key'] ?? parent['id'];
  if (typeof key === 'object' && key !== null && 'name' in key && typeof key.name === 'string') return key.name;
  return undefined;
}

function violation(where: string, message: string): Violation {
  return { rule: 'sizes', where, message };
}
