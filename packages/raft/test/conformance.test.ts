import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dataFilesBelow, runDataFile } from './conformance/run-file.ts';

const folder = fileURLToPath(new URL('../../../../shared/raft-conformance', import.meta.url));
const present = existsSync(folder);

describe('recorded interactions', () => {
  const files = present ? dataFilesBelow(folder) : [];
  it.skipIf(!present)(
    'are there (skipped where the folder "shared" with the data is not beside the repository)',
    () => {
      expect(files.length).toBeGreaterThan(0);
    },
  );

  it.each(files.map((file) => ({ file, name: relative(folder, file) })))('$name', ({ file }) => {
    expect(runDataFile(file).difference).toBeUndefined();
  });
});

describe('the runner', () => {
  function runText(text: string): ReturnType<typeof runDataFile> {
    const temporary = mkdtempSync(join(tmpdir(), 'raft-conformance-'));
    try {
      writeFileSync(join(temporary, 'file.txt'), text);
      return runDataFile(dataFilesBelow(temporary)[0] ?? '');
    } finally {
      rmSync(temporary, { recursive: true });
    }
  }

  it('finds the first block that differs', () => {
    const text = 'vote cfg=(1) votes=(y)\n----\nVoteWon\n\n# wrong\nvote cfg=(1) votes=(n)\n----\nVoteWon\n';
    expect(runText(text).difference).toEqual({ line: 6, command: 'vote', expected: 'VoteWon', actual: 'VoteLost' });
  });

  it('leaves log lines out on both sides', () => {
    const text = 'add-nodes 1 voters=(1) index=3\n----\nINFO 1 became follower at term 0\n\ncampaign 1\n----\nok\n';
    expect(runText(text)).toEqual({ blocks: 2, difference: undefined });
  });

  it('reads output that holds empty lines between doubled fences', () => {
    const text = 'vote\n----\n----\nVoteWon\n\nand more\n----\n----\n\nvote\n----\nVoteWon\n';
    expect(runText(text).difference).toMatchObject({ line: 1, expected: 'VoteWon\n\nand more' });
  });

  it('fails a command that it does not know', () => {
    expect(runText('add-nodes 1 voters=(1) index=3\n----\nok\n\nfly 1\n----\nok\n').difference?.actual).toContain(
      'fly',
    );
  });
});
