import type { AnyChannel } from '../channel.ts';
import { countsOf } from '../counts.ts';
import { durationBoundsMs, Histogram } from '../histogram.ts';
import { type SendDropCause, sendDropCauses } from '../reasons.ts';
import { frameHeaderBytes, frameKind, maxChunkBytes, messageLengthBytes } from '../wire/frame.ts';
import { MessageQueue } from './message-queue.ts';
import type { WriteBatch } from './write-batch.ts';

/**
 * What waits to be sent on one channel to one peer.
 *
 * Invariants:
 * 1. At most `maxQueuedMessages` wait, and at most `maxQueuedBytes` unless one message alone is more.
 * 2. Chunks of one message follow each other on the channel with nothing between them.
 */
export class ChannelSender {
  readonly channel: AnyChannel;
  /** On the wire: the place in the list of channels of this node's hello. */
  readonly number: number;
  readonly drops: Record<SendDropCause, number> = countsOf(sendDropCauses);
  readonly timeInQueueMs: Histogram = new Histogram(durationBoundsMs);
  sentMessages = 0;
  sentBytes = 0;
  /** Someone was told `queue-full` and waits for room. */
  roomWanted = false;
  /** The connected peer has this channel. */
  known = true;
  readonly #queue = new MessageQueue();
  /** Bytes of the oldest message that have left already. */
  #headSentBytes = 0;

  constructor(channel: AnyChannel, number: number) {
    this.channel = channel;
    this.number = number;
  }

  get queuedMessages(): number {
    return this.#queue.length;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** @returns what was dropped, if anything: this message or an older one */
  offer(message: Uint8Array, nowMs: number): 'queued' | 'dropped-newest' | 'dropped-oldest' {
    if (this.#fits(message)) {
      this.#queue.push(message, nowMs);
      return 'queued';
    }
    this.roomWanted = true;
    if (this.channel.whenFull === 'drop-newest' || !this.#makeRoomFor(message)) {
      this.drops['queue-full']++;
      return 'dropped-newest';
    }
    this.#queue.push(message, nowMs);
    return 'dropped-oldest';
  }

  /** Writes the next frame, at most `maxChunkBytes` of a message. @returns its bytes */
  writeFrame(batch: WriteBatch, nowMs: number): number {
    const message = this.#queue.head();
    if (message === undefined) return 0;
    if (message.length <= maxChunkBytes) {
      batch.header(frameKind.message, this.number, message.length);
      batch.append(message);
      this.#sent(message, nowMs);
      return frameHeaderBytes + message.length;
    }
    return this.#writeChunk(batch, message, nowMs);
  }

  /** The connection is lost: a message that was under way begins anew. */
  rewind(): void {
    this.#headSentBytes = 0;
  }

  /** Drops all that waits. @returns how many messages that were */
  dropAll(cause: SendDropCause): number {
    const dropped = this.#queue.length;
    this.drops[cause] += dropped;
    this.#queue.clear();
    this.#headSentBytes = 0;
    return dropped;
  }

  /** Whether whoever was told `queue-full` may be told that half of the queue is free; at most once for each time. */
  takeRoom(): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.channel;
    if (!this.roomWanted) return false;
    if (this.#queue.length * 2 > maxQueuedMessages || this.#queue.bytes * 2 > maxQueuedBytes) return false;
    this.roomWanted = false;
    return true;
  }

  /** Drops what a peer that has just connected does not take. @returns how many messages that were */
  dropTooLarge(maxMessageBytes: number): number {
    const dropped = this.#queue.dropLongerThan(maxMessageBytes);
    this.drops['too-large'] += dropped;
    return dropped;
  }

  #fits(message: Uint8Array): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.channel;
    if (this.#queue.length === 0) return true;
    return this.#queue.length < maxQueuedMessages && this.#queue.bytes + message.length <= maxQueuedBytes;
  }

  /** Drops the oldest that are not under way. @returns false, and drops nothing, where that would not be enough */
  #makeRoomFor(message: Uint8Array): boolean {
    const underWay = this.#headSentBytes > 0;
    if (underWay && !this.#fitsBesideHead(message)) return false;
    while (!this.#fits(message)) {
      if (underWay) this.#queue.dropSecond();
      else this.#queue.shift();
      this.drops['queue-full']++;
    }
    return true;
  }

  #fitsBesideHead(message: Uint8Array): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.channel;
    const headBytes = this.#queue.head()?.length ?? 0;
    return maxQueuedMessages > 1 && headBytes + message.length <= maxQueuedBytes;
  }

  #writeChunk(batch: WriteBatch, message: Uint8Array, nowMs: number): number {
    const from = this.#headSentBytes;
    const to = Math.min(message.length, from + maxChunkBytes);
    const chunk = message.subarray(from, to);
    const prefixBytes = from === 0 ? messageLengthBytes : 0;
    batch.header(from === 0 ? frameKind.firstChunk : frameKind.nextChunk, this.number, prefixBytes + chunk.length);
    if (from === 0) batch.uint32(message.length);
    batch.append(chunk);
    this.#headSentBytes = to;
    if (to === message.length) this.#sent(message, nowMs);
    return frameHeaderBytes + prefixBytes + chunk.length;
  }

  #sent(message: Uint8Array, nowMs: number): void {
    this.timeInQueueMs.record(nowMs - this.#queue.headTimeMs());
    this.sentMessages++;
    this.sentBytes += message.length;
    this.#headSentBytes = 0;
    this.#queue.shift();
  }
}
