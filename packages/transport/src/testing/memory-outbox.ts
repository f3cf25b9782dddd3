import type { AnyChannel, ChannelPriority } from '../channel.ts';
import type { SendDropCause } from '../reasons.ts';
import { MemoryChannel } from './memory-channel.ts';

/** So many messages of `normal` go before one of `bulk`, while both wait. */
const normalShareMessages = 4;

/** All channels with one peer, and who goes first. It outlives connections. */
export class MemoryOutbox {
  readonly channels: ReadonlyMap<string, MemoryChannel>;
  #normalCredit = normalShareMessages;

  /** @param onDrop - something was dropped */
  constructor(channels: readonly AnyChannel[], onDrop: (cause: SendDropCause) => void) {
    this.channels = new Map(channels.map((channel) => [channel.name, new MemoryChannel(channel, onDrop)]));
  }

  get isEmpty(): boolean {
    return [...this.channels.values()].every((channel) => channel.isEmpty);
  }

  /** Whose message goes next, where only `urgent` goes without room. */
  next(hasRoom: boolean): MemoryChannel | undefined {
    const urgent = this.#waiting('urgent');
    if (urgent !== undefined || !hasRoom) return urgent;
    const normal = this.#waiting('normal');
    const bulk = this.#waiting('bulk');
    if (normal === undefined || bulk === undefined) return normal ?? bulk;
    this.#normalCredit = this.#normalCredit > 0 ? this.#normalCredit - 1 : normalShareMessages;
    return this.#normalCredit === normalShareMessages ? bulk : normal;
  }

  #waiting(priority: ChannelPriority): MemoryChannel | undefined {
    for (const channel of this.channels.values()) {
      if (channel.channel.priority === priority && !channel.isEmpty) return channel;
    }
    return undefined;
  }
}
