import type { StateMachine } from '@streambus/raft-node';
import { decode, encode } from '../journal.ts';

/** A state machine that counts its entries, and has next to nothing to do. */
export interface Tally extends StateMachine {
  readonly entries: number;
}

export function createTally(): Tally {
  let entries = 0;
  const answer = new Uint8Array(8);
  return {
    get entries() {
      return entries;
    },
    apply() {
      entries++;
      return answer;
    },
    snapshot: () => encode(`${entries}`),
    restore(snapshot) {
      entries = Number(decode(snapshot));
    },
  };
}
