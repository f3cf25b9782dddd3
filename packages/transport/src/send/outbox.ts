import type { AnyChannel, ChannelPriority } from '../channel.ts';
import { maxChunkBytes } from '../wire/frame.ts';
import { ChannelSender } from './channel-sender.ts';
import { SenderRing } from './sender-ring.ts';
import type { WriteBatch } from './write-batch.ts';

/** How much of `normal` goes for each byte of `bulk`, while both wait. */
const normalShare = 4;

/** Neither can save up more than that for when both wait: one longest chunk of `bulk`. */
const maxCreditBytes = normalShare * maxChunkBytes;

/** What the other end of a connection takes. */
export interface OutboxPeer {
  readonly maxMessageBytes: number;
  readonly channelNames: readonly string[];
}

/** All that waits to be sent to one peer, and who goes first. It outlives connections. */
export class Outbox {
  /** By the number of their channel. */
  readonly senders: readonly ChannelSender[];
  readonly #rings: Readonly<Record<ChannelPriority, SenderRing>>;
  /** What `normal` may send before it is the turn of `bulk`. */
  #normalCreditBytes = maxCreditBytes;
  #maxMessageBytes: number;
  readonly #ownMaxMessageBytes: number;

  constructor(channels: readonly AnyChannel[], maxMessageBytes: number) {
    this.senders = channels.map((channel, number) => new ChannelSender(channel, number));
    this.#rings = {
      urgent: this.#ringOf('urgent'),
      normal: this.#ringOf('normal'),
      bulk: this.#ringOf('bulk'),
    };
    this.#ownMaxMessageBytes = maxMessageBytes;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** The smaller one of both sides' limits, while connected. */
  get maxMessageBytes(): number {
    return this.#maxMessageBytes;
  }

  /** @returns whether something was dropped because the peer cannot take it */
  connected(peer: OutboxPeer): boolean {
    this.#maxMessageBytes = Math.min(this.#ownMaxMessageBytes, peer.maxMessageBytes);
    let dropped = false;
    for (const sender of this.senders) {
      sender.known = peer.channelNames.includes(sender.channel.name);
      if (!sender.known && sender.dropAll('no-such-channel') > 0) dropped = true;
      if (sender.dropTooLarge(this.#maxMessageBytes) > 0) dropped = true;
    }
    return dropped;
  }

  /** @returns whether something was dropped with the connection */
  disconnected(): boolean {
    this.#maxMessageBytes = this.#ownMaxMessageBytes;
    let dropped = false;
    for (const sender of this.senders) {
      sender.rewind();
      sender.known = true;
      if (sender.channel.whilePeerIsDown === 'drop' && sender.dropAll('peer-down') > 0) dropped = true;
    }
    return dropped;
  }

  /** Nothing is kept for the peer any longer. @returns whether something was dropped */
  dropAll(): boolean {
    let dropped = 0;
    for (const sender of this.senders) dropped += sender.dropAll('peer-down');
    return dropped > 0;
  }

  isEmpty(): boolean {
    return this.senders.every((sender) => sender.queuedMessages === 0);
  }

  /**
   * Writes frames in order of priority until `maxBytes` are passed, or nothing may go.
   *
   * @param room - how much of `normal` and `bulk` may be under way now
   * @returns the bytes written; 0 when nothing waits that may go
   */
  fill(batch: WriteBatch, maxBytes: number, room: number, nowMs: number): number {
    let written = 0;
    while (written < maxBytes) {
      const sender = this.#next(written < room);
      if (sender === undefined) break;
      const bytes = sender.writeFrame(batch, nowMs);
      this.#account(sender, bytes);
      written += bytes;
    }
    return written;
  }

  /** Something waits that {@link fill} would write with so much room. */
  hasReady(room: number): boolean {
    return this.#next(room > 0) !== undefined;
  }

  #next(hasRoom: boolean): ChannelSender | undefined {
    const { urgent, normal, bulk } = this.#rings;
    const first = urgent.current();
    if (first !== undefined || !hasRoom) return first;
    if (this.#normalCreditBytes > 0) return normal.current() ?? bulk.current();
    return bulk.current() ?? normal.current();
  }

  #account(sender: ChannelSender, bytes: number): void {
    const { priority } = sender.channel;
    this.#rings[priority].account(bytes);
    if (priority === 'normal') this.#normalCreditBytes -= bytes;
    else if (priority === 'bulk') this.#normalCreditBytes += normalShare * bytes;
    this.#normalCreditBytes = Math.max(-maxCreditBytes, Math.min(maxCreditBytes, this.#normalCreditBytes));
  }

  #ringOf(priority: ChannelPriority): SenderRing {
    return new SenderRing(this.senders.filter(({ channel }) => channel.priority === priority));
  }
}
