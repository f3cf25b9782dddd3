import type { Repository, SourceFile, Violation } from './repository.ts';
import { nameOf, parse, type SyntaxNode } from './syntax.ts';

const suites = new Set(['describe', 'it', 'test']);
const switchesOff = new Set(['skip', 'only', 'todo', 'fails']);
const mark = /\b(TODO|FIXME|XXX|HACK)\b/;

/** Checks that no test is switched off and no comment promises work: what is not built is left out. */
export function checkHonesty(repository: Repository): Violation[] {
  return repository.packages.flatMap((pkg) => pkg.files).flatMap((file) => [...checkTests(file), ...checkMarks(file)]);
}

function checkTests(file: SourceFile): Violation[] {
  const { visits, lineOf } = parse(file);
  return visits.flatMap(({ node }) => {
    if (node.type !== 'MemberExpression') return [];
    const member = nameOf(node['property']);
    const owner = ownerName(node['object']);
    if (member === undefined || owner === undefined || !suites.has(owner) || !switchesOff.has(member)) return [];
    return [violation(`${file.path}:${lineOf(node.start)}`, `${owner}.${member}: a test runs, or it is not there`)];
  });
}

/** The `it` of `it`, of `it.concurrent` and of `it.each(...)`. */
function ownerName(node: unknown): string | undefined {
  const name = nameOf(node);
  if (name !== undefined) return name;
  const { object, callee } = (node ?? {}) as Partial<SyntaxNode>;
  return object === undefined && callee === undefined ? undefined : ownerName(object ?? callee);
}

function checkMarks(file: SourceFile): Violation[] {
  const { comments, lineOf } = parse(file);
  return comments.flatMap((comment) => {
    const found = mark.exec(comment.value)?.[1];
    return found === undefined
      ? []
      : [
          violation(
            `${file.path}:${lineOf(comment.start)}`,
            `${found} in a comment; do it, or leave it out and say so`,
          ),
        ];
  });
}

function violation(where: string, message: string): Violation {
  return { rule: 'honesty', where, message };
}
