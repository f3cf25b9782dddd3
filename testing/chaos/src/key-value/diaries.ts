import { existsSync, readFileSync } from 'node:fs';
import type { DiaryEntry } from './node-diary.ts';

/** What all lives of all nodes have noted, in figures. */
export function diaryFigures(paths: readonly string[]): Readonly<Record<string, number>> {
  const entries = paths.filter((path) => existsSync(path)).flatMap(readDiary);
  const count = (type: string, matches: (entry: DiaryEntry) => boolean = () => true): number =>
    entries.filter((entry) => entry.type === type && matches(entry)).length;
  return {
    terms: entries.reduce(
      (highest, { type, ['term']: term }) => (type === 'role' ? Math.max(highest, Number(term)) : highest),
      0,
    ),
    'times that somebody led': count('role', ({ ['role']: role }) => role === 'leader'),
    'snapshots taken or received': count('snapshot'),
    'snapshots of a leader that took the place of a state': count('restored'),
    failures: count('failed'),
  };
}

/** A killed process leaves half a line at most, and the next one goes on behind it. */
function readDiary(path: string): DiaryEntry[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as DiaryEntry];
      } catch {
        return [];
      }
    });
}
