import type { RefusalReason } from './transfer-message.ts';

/** What bounds a transfer. */
export interface IncomingTransferOptions {
  readonly sizeBytes: number;
  /** Bytes that may have arrived and not be written; a sender that keeps to the window sends no more. */
  readonly maxQueuedBytes: number;
}

/**
 * What is to be done for a transfer.
 *
 * - `accept`, `received`: say so to the sender.
 * - `write`: these pieces, then {@link IncomingTransfer.onWritten}.
 * - `complete`: all is written; see that it is whole, then {@link IncomingTransfer.onCompleted}.
 * - `deliver`: give the core its message, and say to the sender that it is done.
 * - `refuse`: say so to the sender.
 */
export type IncomingEffect =
  | { readonly type: 'accept'; readonly position: number }
  | { readonly type: 'received'; readonly bytes: number }
  | { readonly type: 'write'; readonly pieces: readonly Uint8Array[] }
  | { readonly type: 'complete' }
  | { readonly type: 'deliver' }
  | { readonly type: 'refuse'; readonly reason: RefusalReason };

/**
 * Where a transfer is.
 *
 * - `preparing`: what is there already is looked at. → receiving, completing, ended
 * - `receiving`: pieces come and are written. → completing, ended
 * - `completing`: all is written, and is looked at once more. → ended
 * - `ended`: delivered, refused or given up.
 */
type IncomingState = 'preparing' | 'receiving' | 'completing' | 'ended';

/**
 * The receiver's side of one snapshot: pure, so that what it does can be compared.
 *
 * Invariants:
 * 1. One write is under way at most, and what arrives meanwhile is the next one.
 * 2. `receivedBytes` and what is queued and being written are what has arrived, in order and without a gap.
 */
export class IncomingTransfer {
  readonly #options: IncomingTransferOptions;
  #state: IncomingState = 'preparing';
  #resumedFromBytes = 0;
  #receivedBytes = 0;
  #writingBytes = 0;
  #queued: Uint8Array[] = [];
  #queuedBytes = 0;

  constructor(options: IncomingTransferOptions) {
    this.#options = options;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** What was there when it began. */
  get resumedFromBytes(): number {
    return this.#resumedFromBytes;
  }

  /** What is written. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** So much of it is there already. */
  onPrepared(bytes: number): readonly IncomingEffect[] {
    if (this.ended) return none;
    this.#state = 'receiving';
    this.#resumedFromBytes = bytes;
    this.#receivedBytes = bytes;
    return [{ type: 'accept', position: bytes }, ...this.#next()];
  }

  onPiece(position: number, data: Uint8Array): readonly IncomingEffect[] {
    const { maxQueuedBytes, sizeBytes } = this.#options;
    if (this.ended) return none;
    const arrivedBytes = this.#receivedBytes + this.#writingBytes + this.#queuedBytes;
    const isNext = this.#state === 'receiving' && position === arrivedBytes && position + data.length <= sizeBytes;
    this.#queued.push(data);
    this.#queuedBytes += data.length;
    if (!isNext || this.#queuedBytes + this.#writingBytes > maxQueuedBytes) return this.onFailed('failed');
    return this.#next();
  }

  onWritten(): readonly IncomingEffect[] {
    if (this.ended) return none;
    this.#receivedBytes += this.#writingBytes;
    this.#writingBytes = 0;
    return [{ type: 'received', bytes: this.#receivedBytes }, ...this.#next()];
  }

  onCompleted(): readonly IncomingEffect[] {
    if (this.ended) return none;
    this.#end();
    return [{ type: 'deliver' }];
  }

  /** It goes on no further. */
  onFailed(reason: RefusalReason): readonly IncomingEffect[] {
    if (this.ended) return none;
    this.#end();
    return [{ type: 'refuse', reason }];
  }

  /** Nobody sends it any more. */
  onLost(): void {
    this.#end();
  }

  #next(): readonly IncomingEffect[] {
    if (this.#writingBytes > 0) return none;
    if (this.#queuedBytes > 0) {
      const pieces = this.#queued;
      this.#writingBytes = this.#queuedBytes;
      this.#queued = [];
      this.#queuedBytes = 0;
      return [{ type: 'write', pieces }];
    }
    if (this.#receivedBytes < this.#options.sizeBytes) return none;
    this.#state = 'completing';
    return [{ type: 'complete' }];
  }

  #end(): void {
    this.#state = 'ended';
    this.#queued = [];
  }
}

const none: readonly IncomingEffect[] = Object.freeze([]);
