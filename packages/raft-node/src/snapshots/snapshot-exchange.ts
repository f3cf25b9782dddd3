import type { ConfState, Message, NodeId } from '@streambus/raft';
import type { SnapshotTransfer } from '../status.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { SnapshotReceiver } from './snapshot-receiver.ts';
import { SnapshotSender } from './snapshot-sender.ts';
import { decodeTransfer } from './transfer-message.ts';

/** Sends snapshots to followers and receives them from leaders, over a channel of their own. */
export class SnapshotExchange {
  readonly #parts: ExchangeParts;
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#sender = new SnapshotSender(parts);
    this.#receiver = new SnapshotReceiver(parts);
  }

  /** Those under way. */
  get transfers(): readonly SnapshotTransfer[] {
    return [...this.#sender.transfers, ...this.#receiver.transfers];
  }

  /** Whether the newest snapshot is on its way to somebody, or somebody is to go on receiving it. */
  get isSending(): boolean {
    return this.#sender.isBusy;
  }

  /** Takes a message of the core's that carries a snapshot; what becomes of it is reported to the core. */
  send(message: Message): void {
    this.#sender.send(message);
  }

  /** A peer has said something. */
  receive(from: NodeId, bytes: Uint8Array): void {
    const message = decodeTransfer(bytes);
    if (message === undefined) {
      this.#parts.logger.warn({ peer: from, bytes: bytes.length }, 'dropped what is no part of a snapshot transfer');
      return;
    }
    switch (message.type) {
      case 'offer':
      case 'piece':
      case 'cancel':
        this.#receiver.onMessage(from, message);
        return;
      default:
        this.#sender.onAnswer(from, message);
    }
  }

  onRoom(to: NodeId): void {
    this.#sender.onRoom(to);
  }

  onPeerLost(id: NodeId): void {
    this.#sender.onPeerLost(id);
    this.#receiver.onPeerLost(id);
  }

  onTick(): void {
    this.#sender.onTick();
    this.#receiver.onTick();
  }

  onMembers(members: ConfState): void {
    this.#sender.onMembers(members);
  }

  onLeadershipLost(): void {
    this.#sender.onLeadershipLost();
  }

  /** Gives everything back; what has come of a snapshot is kept. */
  async stop(): Promise<void> {
    await Promise.all([this.#sender.stop(), this.#receiver.stop()]);
  }
}
