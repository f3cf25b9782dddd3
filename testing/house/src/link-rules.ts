import { posix } from 'node:path';
import type { Repository, SourceFile, Violation } from './repository.ts';

/** Checks that every relative link of a document leads to something. */
export function checkLinks(repository: Repository): Violation[] {
  return repository.documents.flatMap((document) =>
    linksOf(document)
      .filter(({ target }) => !repository.exists(target))
      .map(({ link, line }) => violation(`${document.path}:${line}`, `${link} leads nowhere`)),
  );
}

function linksOf({
  path,
  text,
}: SourceFile): { readonly link: string; readonly target: string; readonly line: number }[] {
  return text.split('\n').flatMap((words, index) =>
    [...words.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link))
      .map((link) => ({ link, target: posix.join(posix.dirname(path), link), line: index + 1 })),
  );
}

function violation(where: string, message: string): Violation {
  return { rule: 'links', where, message };
}
