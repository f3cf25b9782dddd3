import type { NodeId } from '@streambus/raft';
import type { AppendDesk } from '../driver/append-desk.ts';
import { RaftNodeError } from '../errors.ts';
import type { ForwardMessage, ForwardRequest } from './forward-message.ts';

/** What the desk needs. */
export interface ForwardDeskParts {
  readonly self: NodeId;
  readonly appends: AppendDesk;
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

  take(from: NodeId, request: ForwardRequest): void {
    const { appends, refusal, send, self } = this.#parts;
    const { batch } = request;
    const appended =
      refusal() ?? (request.type === 'change' ? appends.change(request.change) : appends.propose(request.data));
    if (appended instanceof RaftNodeError) {
      send(from, { type: 'refused', batch, code: appended.code, message: `node ${self}: ${appended.message}` });
    } else {
      send(from, { type: 'appended', batch, ...appended });
    }
  }
}
