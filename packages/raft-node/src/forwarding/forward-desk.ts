import { isProposalDropped, type LogIndex, type NodeId, type Raft, type Term } from '@streambus/raft';
import type { AppendTicket, AppendTickets } from '../driver/append-tickets.ts';
import { proposalDropped } from '../driver/proposal-dropped.ts';
import type { RaftNodeError } from '../errors.ts';
import type { ForwardMessage } from './forward-message.ts';

/** What the desk needs. */
export interface ForwardDeskParts {
  readonly raft: Raft;
  readonly tickets: AppendTickets;
  readonly send: (to: NodeId, message: ForwardMessage) => void;
  /** Why this node takes no proposals at the moment, if it does not. */
  readonly refusal: () => RaftNodeError | undefined;
}

/** The leader's side of forwarding: takes other nodes' proposals, and says which entries they have become. */
export class ForwardDesk {
  readonly #parts: ForwardDeskParts;

  constructor(parts: ForwardDeskParts) {
    this.#parts = parts;
  }

  take(from: NodeId, { batch, data }: Extract<ForwardMessage, { type: 'propose' }>): void {
    const { raft, send, tickets, refusal } = this.#parts;
    const refused = refusal() ?? this.#propose(data);
    if (refused !== undefined) {
      send(from, { type: 'refused', batch, code: refused.code, message: `node ${raft.id}: ${refused.message}` });
      return;
    }
    const onFirst = (firstIndex: LogIndex, term: Term): void =>
      send(from, { type: 'appended', batch, firstIndex, term });
    tickets.push(data.map((bytes, at): AppendTicket => ({ data: bytes, onAppended: at === 0 ? onFirst : ignore })));
  }

  #propose(data: readonly Uint8Array[]): RaftNodeError | undefined {
    try {
      this.#parts.raft.propose(data);
      return undefined;
    } catch (thrown) {
      if (isProposalDropped(thrown)) return proposalDropped(thrown);
      throw thrown;
    }
  }
}

/** The core appends a batch as entries that follow one another, so the first one tells of all. */
function ignore(): void {}
