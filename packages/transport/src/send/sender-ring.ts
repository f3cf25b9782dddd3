import { maxChunkBytes } from '../wire/frame.ts';
import type { ChannelSender } from './channel-sender.ts';

/** Channels of one priority taking turns: each writes about one longest chunk before the next one that waits. */
export class SenderRing {
  readonly #senders: readonly ChannelSender[];
  #at = 0;
  #turnLeftBytes = maxChunkBytes;

  constructor(senders: readonly ChannelSender[]) {
    this.#senders = senders;
  }

  /** Whose turn it is; undefined when nobody has something to send. */
  current(): ChannelSender | undefined {
    for (let step = 0; step < this.#senders.length; step++) {
      const sender = this.#senders[this.#at] as ChannelSender;
      if (sender.queuedMessages > 0) return sender;
      this.#pass();
    }
    return undefined;
  }

  /** The current one wrote so much. */
  account(bytes: number): void {
    this.#turnLeftBytes -= bytes;
    if (this.#turnLeftBytes <= 0) this.#pass();
  }

  #pass(): void {
    this.#at = (this.#at + 1) % this.#senders.length;
    this.#turnLeftBytes = maxChunkBytes;
  }
}
