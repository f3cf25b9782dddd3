import { type Comment, parseSync } from 'oxc-parser';
import type { SourceFile } from './repository.ts';

/** A node of the syntax tree, as the rules see it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A node with the one above it. */
export interface Visit {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | undefined;
  /** The field of the parent in which the node stands. */
  readonly field: string;
}

/** A parsed file. */
export interface Syntax {
  readonly visits: readonly Visit[];
  readonly comments: readonly Comment[];
  /** What the file imports or re-exports from, statically or by `import()`, types included. */
  readonly imports: readonly {
    readonly specifier: string;
    readonly names: readonly string[];
    readonly offset: number;
  }[];
  lineOf(offset: number): number;
}

const cache = new Map<string, Syntax>();

/** Parses a file; the same text is parsed once. */
export function parse(file: SourceFile): Syntax {
  const key = `${file.path}\n${file.text}`;
  const known = cache.get(key);
  if (known) return known;
  const { program, comments, errors } = parseSync(file.path, file.text);
  if (errors[0]) throw new Error(`${file.path}: ${errors[0].message}`);
  const visits: Visit[] = [];
  walk(program as unknown as SyntaxNode, undefined, '', visits);
  const syntax = { visits, comments, imports: visits.flatMap(importOf), lineOf: lineFinder(file.text) };
  cache.set(key, syntax);
  return syntax;
}

function walk(node: SyntaxNode, parent: SyntaxNode | undefined, field: string, visits: Visit[]): void {
  visits.push({ node, parent, field });
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, node, name, visits);
    }
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function importOf({ node }: Visit): Syntax['imports'] {
  if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type)) return [];
  const specifier = stringOf(node['source'] ?? node['argument']);
  if (specifier === undefined) return [];
  const names = (Array.isArray(node['specifiers']) ? node['specifiers'] : [])
    .filter(isNode)
    .flatMap((one) => nameOf(one['imported'] ?? one['local']) ?? []);
  return [{ specifier, names, offset: node.start }];
}

/** The text of a string literal. */
export function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'TSLiteralType') return stringOf(node['literal']);
  return node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined;
}

/** The name of an identifier. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : undefined;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}
