import type { AppliedEntry, StateMachine } from '@streambus/raft-node';

/** Keeps every proposal it was given, and answers with how many there are. */
export interface JournalMachine extends StateMachine {
  readonly entries: readonly string[];
}

/** A state machine whose state is its own history: what is lost, doubled or out of order shows. */
export function createJournal(): JournalMachine {
  let entries: string[] = [];
  return {
    get entries() {
      return entries;
    },
    apply({ data }: AppliedEntry) {
      entries.push(new TextDecoder().decode(data));
      return encode(String(entries.length));
    },
    snapshot: () => encode(JSON.stringify(entries)),
    restore(snapshot) {
      entries = JSON.parse(decode(snapshot)) as string[];
    },
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
