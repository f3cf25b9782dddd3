import { assert } from '@streambus/runtime';
import { type NodeId, noNode, type Term } from './identifiers.ts';
import { createMessage, type Message, type MessageFields, MessageType } from './message.ts';
import type { ReadOnlyMode } from './options.ts';

/**
 * Messages that wait for the next {@link Ready}.
 *
 * Those that promise something persistent (a vote, an appended entry) are kept apart: they may leave only after what
 * they promise is stored, and include what this node promises to itself.
 */
export class Outbox {
  readonly #self: NodeId;
  readonly #leases: boolean;
  #immediate: Message[] = [];
  #afterAppend: Message[] = [];

  constructor(self: NodeId, readOnlyMode: ReadOnlyMode) {
    this.#self = self;
    this.#leases = readOnlyMode === 'leaseBased';
  }

  get empty(): boolean {
    return this.#immediate.length === 0 && this.#afterAppend.length === 0;
  }

  /** May leave before anything is stored. */
  get immediate(): readonly Message[] {
    return this.#immediate;
  }

  /** May leave once everything up to now is stored. */
  get afterAppend(): readonly Message[] {
    return this.#afterAppend;
  }

  /** Queues a message from this node, or one that is passed on for `fields.from`. */
  send(fields: MessageFields & { readonly to: NodeId; readonly term: Term }): void {
    const message = createMessage(fields, this.#self);
    assert(message.to !== noNode, () => `message ${message.type} has no recipient`);
    if (promisesPersistence(message.type, this.#leases)) {
      this.#afterAppend.push(message);
      return;
    }
    assert(message.to !== this.#self, () => `node ${this.#self} sends itself message ${message.type}`);
    this.#immediate.push(message);
  }

  /** Everything was handed out. */
  clear(): void {
    this.#immediate = [];
    this.#afterAppend = [];
  }
}

function promisesPersistence(type: MessageType, leases: boolean): boolean {
  switch (type) {
    case MessageType.appendResponse:
    case MessageType.voteResponse:
    case MessageType.preVoteResponse:
      return true;
    case MessageType.heartbeatResponse:
      // The leader counts on this node not to vote; one that forgot the term in a crash would not know of it.
      return leases;
    default:
      return false;
  }
}
