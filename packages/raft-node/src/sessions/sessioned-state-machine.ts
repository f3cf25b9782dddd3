import type { Entry } from '@streambus/raft';
import { joined } from '../bytes/joined.ts';
import type { StateMachine, StateMachineRestore, StateMachineSnapshot } from '../state-machine.ts';
import { decodeEnvelope } from './envelope.ts';
import { type SessionRefusal, SessionTable } from './session-table.ts';

/** The two parts of a snapshot. */
export interface SessionedSnapshot {
  readonly sessions: Uint8Array;
  readonly state: StateMachineSnapshot;
}

const noAnswer: Uint8Array = new Uint8Array(0);

/** The user's state machine and the sessions beside it: together they are what is replicated. */
export class SessionedStateMachine {
  readonly #sessions = new SessionTable();
  readonly #stateMachine: StateMachine;

  constructor(stateMachine: StateMachine) {
    this.#stateMachine = stateMachine;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Applies a normal entry that is not empty. */
  apply({ index, term, data: bytes }: Entry): Uint8Array | SessionRefusal {
    const envelope = decodeEnvelope(bytes);
    switch (envelope.kind) {
      case 'plain':
        return this.#stateMachine.apply({ index, term, data: envelope.data });
      case 'stamped':
        return this.#sessions.applyOnce(index, envelope.stamp, () =>
          this.#stateMachine.apply({ index, term, data: envelope.data }),
        );
      case 'open':
        this.#sessions.open(index, envelope.maxSessions);
        return noAnswer;
      case 'close':
        this.#sessions.close(envelope.session);
        return noAnswer;
    }
  }

  /** The state as of now; the state machine's pieces may be taken later. */
  snapshot(): SessionedSnapshot {
    return { sessions: this.#sessions.encode(), state: this.#stateMachine.snapshot() };
  }

  /** Begins to replace all of it; both parts change when that is finished. */
  beginRestore(sessions: Uint8Array): StateMachineRestore {
    const state = this.#stateMachine.beginRestore?.() ?? restoreInOnePiece(this.#stateMachine);
    return {
      add: (piece) => state.add(piece),
      finish: () => {
        state.finish();
        this.#sessions.restore(sessions);
      },
    };
  }
}

function restoreInOnePiece(stateMachine: StateMachine): StateMachineRestore {
  const pieces: Uint8Array[] = [];
  return { add: (piece) => pieces.push(piece), finish: () => stateMachine.restore(joined(pieces)) };
}
