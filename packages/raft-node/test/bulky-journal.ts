import type { AppliedEntry, StateMachine } from '@streambus/raft-node';
import { decode, encode } from './journal.ts';

/** A journal whose snapshots are large. */
export interface BulkyJournal extends StateMachine {
  readonly entries: readonly string[];
  /** How often it was replaced by a snapshot in this life. */
  readonly restores: number;
}

const pieceBytes = 256 * 1024;

/**
 * A state machine whose state is its own history and so many bytes beside it, the same ones always. It takes a snapshot in pieces, each as
 * it was given, and looks at every byte.
 */
export function createBulkyJournal(bulkBytes: number): BulkyJournal {
  let entries: string[] = [];
  let restores = 0;
  return {
    get entries() {
      return entries;
    },
    get restores() {
      return restores;
    },
    apply({ data }: AppliedEntry) {
      entries.push(decode(data));
      return encode(String(entries.length));
    },
    snapshot: () => pieces(entries.slice(), bulkBytes),
    restore() {
      throw new Error('a snapshot came in one piece, and it is taken in many');
    },
    beginRestore() {
      const given: Uint8Array[] = [];
      return {
        add: (piece) => given.push(piece),
        finish() {
          const restored = JSON.parse(decode(given[0] ?? encode('null'))) as string[];
          const wanted = [...pieces(restored, bulkBytes)];
          const isWhole =
            given.length === wanted.length &&
            wanted.every((piece, at) => Buffer.compare(piece, given[at] ?? piece) === 0);
          if (!isWhole) throw new Error('the pieces of a snapshot are not those that were given');
          entries = restored;
          restores++;
        },
      };
    },
  };
}

function* pieces(entries: readonly string[], bulkBytes: number): Generator<Uint8Array, void, void> {
  yield encode(JSON.stringify(entries));
  for (let position = 0; position < bulkBytes; position += pieceBytes) {
    yield new Uint8Array(Math.min(pieceBytes, bulkBytes - position)).fill(position / pieceBytes);
  }
}
