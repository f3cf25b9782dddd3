import type { AnyChannel } from '../channel.ts';
import { countsOf } from '../counts.ts';
import { durationBoundsMs, Histogram } from '../histogram.ts';
import type { ChannelMetrics } from '../metrics.ts';
import { type ReceiveDropCause, receiveDropCauses, type SendDropCause, sendDropCauses } from '../reasons.ts';

interface Waiting {
  readonly bytes: Uint8Array;
  readonly sinceMs: number;
}

/** One channel with one peer: what waits on it, within its bounds, and what is counted. */
export class MemoryChannel {
  readonly channel: AnyChannel;
  readonly #onDrop: (cause: SendDropCause) => void;
  readonly #sendDrops = countsOf(sendDropCauses);
  readonly #receiveDrops = countsOf(receiveDropCauses);
  readonly #timeInQueueMs = new Histogram(durationBoundsMs);
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #wantsRoom = false;
  #sentMessages = 0;
  #sentBytes = 0;
  #receivedMessages = 0;
  #receivedBytes = 0;

  /** @param onDrop - something was dropped before it left */
  constructor(channel: AnyChannel, onDrop: (cause: SendDropCause) => void) {
    this.channel = channel;
    this.#onDrop = onDrop;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Takes a message in, or drops by the channel's rule. */
  offer(bytes: Uint8Array, nowMs: number): 'queued' | 'queue-full' {
    if (!this.#fits(bytes)) {
      this.#wantsRoom = true;
      if (this.channel.whenFull === 'drop-newest') {
        this.drop('queue-full');
        return 'queue-full';
      }
      while (!this.#fits(bytes)) this.#dropOldest('queue-full');
    }
    this.#queue.push({ bytes, sinceMs: nowMs });
    this.#queuedBytes += bytes.length;
    return 'queued';
  }

  /** Takes the oldest message out to be sent; what is larger than the peer takes is dropped on the way. */
  take(nowMs: number, maxMessageBytes: number): Uint8Array | undefined {
    while ((this.#queue[0]?.bytes.length ?? 0) > maxMessageBytes) this.#dropOldest('too-large');
    const head = this.#shift();
    if (head === undefined) return undefined;
    this.#timeInQueueMs.record(nowMs - head.sinceMs);
    this.#sentMessages++;
    this.#sentBytes += head.bytes.length;
    return head.bytes;
  }

  /** Counts a message that is not taken in. */
  drop(cause: SendDropCause): void {
    this.#sendDrops[cause]++;
    this.#onDrop(cause);
  }

  dropAll(cause: SendDropCause): void {
    while (!this.isEmpty) this.#dropOldest(cause);
  }

  /** Whether to tell that half of the bounds are free again: once for each time that they were exceeded. */
  takeRoom(): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.channel;
    const hasRoom = this.#queue.length * 2 <= maxQueuedMessages && this.#queuedBytes * 2 <= maxQueuedBytes;
    if (!this.#wantsRoom || !hasRoom) return false;
    this.#wantsRoom = false;
    return true;
  }

  received(bytes: Uint8Array): void {
    this.#receivedMessages++;
    this.#receivedBytes += bytes.length;
  }

  /** Counts a message that was received and then dropped. */
  dropReceived(cause: ReceiveDropCause): void {
    this.#receiveDrops[cause]++;
  }

  metrics(): ChannelMetrics {
    return {
      sentMessages: this.#sentMessages,
      sentBytes: this.#sentBytes,
      receivedMessages: this.#receivedMessages,
      receivedBytes: this.#receivedBytes,
      queuedMessages: this.#queue.length,
      queuedBytes: this.#queuedBytes,
      sendDrops: { ...this.#sendDrops },
      receiveDrops: { ...this.#receiveDrops },
      timeInQueueMs: this.#timeInQueueMs.snapshot(),
    };
  }

  #fits(bytes: Uint8Array): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.channel;
    if (this.isEmpty) return true;
    return this.#queue.length < maxQueuedMessages && this.#queuedBytes + bytes.length <= maxQueuedBytes;
  }

  #dropOldest(cause: SendDropCause): void {
    this.#shift();
    this.drop(cause);
  }

  #shift(): Waiting | undefined {
    const head = this.#queue.shift();
    this.#queuedBytes -= head?.bytes.length ?? 0;
    return head;
  }
}
