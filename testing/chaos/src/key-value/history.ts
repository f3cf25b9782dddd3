import { readFileSync, writeFileSync } from 'node:fs';
import type { Operation } from '@streambus-testing/histories';
import type { Input, Output } from './operation.ts';

/** What one client did once, and what it saw. Moments are nanoseconds of the machine's monotonic clock. */
export interface HistoryEntry {
  readonly client: string;
  /** The write's number; 0 for a read. */
  readonly number: number;
  readonly input: Input;
  readonly calledNs: number;
  /** When it ended, with or without an answer. */
  readonly endedNs: number;
  /**
   * - `answered`: it took effect, and this is what it gave.
   * - `rejected`: every node that was asked has said that it takes no effect.
   * - `unknown`: it may have taken effect, or may yet.
   */
  readonly outcome: 'answered' | 'rejected' | 'unknown';
  readonly output?: Output;
  /** Why there was no answer, in the last attempt that had none. */
  readonly code?: string;
  readonly attempts: number;
  /** The node that was asked last. */
  readonly node: number;
}

/** Reads a file of entries, one a line. */
export function readHistory(path: string): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line !== '') entries.push(JSON.parse(line) as HistoryEntry);
  }
  return entries;
}

export function writeHistory(path: string, entries: readonly HistoryEntry[]): void {
  writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

/**
 * A history as the checker takes it: what was certainly rejected took no effect, nor did a read without an answer; a write without one may take
 * effect at any time.
 */
export function toOperations(history: readonly HistoryEntry[]): Operation<Input, Output>[] {
  return history.flatMap(({ client, number, input, calledNs, endedNs, outcome, output }) => {
    if (outcome === 'rejected' || (outcome === 'unknown' && number === 0)) return [];
    const returnedAt = outcome === 'answered' ? endedNs : undefined;
    return [{ client: number === 0 ? client : `${client}/${number}`, input, calledAt: calledNs, returnedAt, output }];
  });
}
