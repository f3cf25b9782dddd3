import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createConfChangeRunner } from './confchange-commands.ts';
import { type Block, parseDataFile, withoutLog } from './data-file.ts';
import { createInteractionRunner } from './interaction-commands.ts';
import { runQuorumBlock } from './quorum-commands.ts';

/** The first block of a file that did not go as recorded. */
export interface Difference {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly actual: string;
}

/** How a file went. */
export interface FileResult {
  readonly blocks: number;
  readonly difference: Difference | undefined;
}

/** Every data file below a folder, sorted. */
export function dataFilesBelow(folder: string): readonly string[] {
  if (statSync(folder).isFile()) return [folder];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => join(folder, name));
}

/** Executes a file's blocks in order, up to the first that differs. */
export function runDataFile(path: string): FileResult {
  const blocks = parseDataFile(readFileSync(path, 'utf8'));
  const run = runnerFor(blocks);
  for (const [done, block] of blocks.entries()) {
    const expected = withoutLog(block.expected);
    const actual = attempt(run, block);
    if (actual !== expected) {
      return { blocks: done, difference: { line: block.line, command: block.command, expected, actual } };
    }
  }
  return { blocks: blocks.length, difference: undefined };
}

function attempt(run: (block: Block) => readonly string[], block: Block): string {
  try {
    return withoutLog(run(block));
  } catch (error) {
    return `the run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/** The three kinds of files have no command in common. */
function runnerFor(blocks: readonly Block[]): (block: Block) => readonly string[] {
  switch (blocks[0]?.command) {
    case 'committed':
    case 'vote':
      return runQuorumBlock;
    case 'simple':
    case 'enter-joint':
    case 'leave-joint':
      return createConfChangeRunner();
    default:
      return createInteractionRunner();
  }
}
