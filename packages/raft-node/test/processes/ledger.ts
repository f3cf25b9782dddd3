import { createHash } from 'node:crypto';
import type { AppliedEntry, StateMachine } from '@streambus/raft-node';
import { decode, encode } from '../journal.ts';

/** What a ledger has to show. */
export interface LedgerContent {
  readonly entries: number;
  /** The same on two nodes only if they have applied the same entries in the same order. */
  readonly digest: string;
  /** How many entries each client has. */
  readonly clients: Readonly<Record<string, number>>;
  /** Entries that came twice, or after one that is missing; the first few in words. */
  readonly misplaced: number;
  readonly examples: readonly string[];
}

/** A state machine for which every client proposes 1, 2, 3 and so on, each when the last is acknowledged. */
export interface Ledger extends StateMachine {
  /** How many entries it has. */
  readonly entries: number;
  readonly content: LedgerContent;
}

/** Where an entry is in the log: what its proposer is answered. */
export interface Place {
  readonly index: number;
  readonly term: number;
}

const maxExamples = 10;

/** The entry number so and so of a client. */
export function ledgerEntry(client: string, number: number): Uint8Array {
  return encode(`${client} ${number}`);
}

/** Reads the answer to an entry. */
export function readPlace(answer: Uint8Array): Place {
  const [index, term] = decode(answer).split(' ').map(Number);
  return { index: index ?? 0, term: term ?? 0 };
}

/** Keeps a digest in place of the entries, so that it takes millions. */
export function createLedger(): Ledger {
  let [entries, digest, misplaced] = [0, '', 0];
  let clients = new Map<string, number>();
  let examples: string[] = [];
  const content = (): LedgerContent => {
    const byName = [...clients].sort(([one], [other]) => (one < other ? -1 : 1));
    return { entries, digest, clients: Object.fromEntries(byName), misplaced, examples };
  };
  return {
    get entries() {
      return entries;
    },
    get content() {
      return content();
    },
    apply({ data, index, term }: AppliedEntry) {
      const [client = '', number = ''] = decode(data).split(' ');
      const last = clients.get(client) ?? 0;
      if (Number(number) !== last + 1) {
        misplaced++;
        if (examples.length < maxExamples) examples.push(`entry ${index}: ${client} ${number} after ${last}`);
      }
      clients.set(client, Number(number));
      entries++;
      digest = createHash('sha1').update(digest).update(data).digest('hex');
      return encode(`${index} ${term}`);
    },
    snapshot: () => encode(JSON.stringify(content())),
    restore(snapshot) {
      const restored = JSON.parse(decode(snapshot)) as LedgerContent;
      ({ entries, digest, misplaced } = restored);
      clients = new Map(Object.entries(restored.clients));
      examples = [...restored.examples];
    },
  };
}
