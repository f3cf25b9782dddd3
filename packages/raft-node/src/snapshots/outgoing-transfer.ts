import type { RefusalReason } from './transfer-message.ts';

/** What bounds a transfer. */
export interface OutgoingTransferOptions {
  readonly sizeBytes: number;
  readonly pieceBytes: number;
  readonly windowBytes: number;
  /** Ticks without any progress after which it has failed. */
  readonly timeoutTicks: number;
}

/** Why a transfer has failed, as its sender sees it: the receiver's reason, or one of its own. */
export type OutgoingFailure = RefusalReason | 'lost' | 'timeout' | 'confused';

/**
 * What is to be done for a transfer.
 *
 * - `read`: this part of the snapshot, then {@link OutgoingTransfer.onRead}.
 * - `send`: what was read last, then {@link OutgoingTransfer.onSent}.
 * - `end`: nothing more; without a reason all has arrived.
 */
export type OutgoingEffect =
  | { readonly type: 'read'; readonly position: number; readonly lengthBytes: number }
  | { readonly type: 'send' }
  | { readonly type: 'end'; readonly reason: OutgoingFailure | undefined };

/**
 * Where the sender is with the piece at hand.
 *
 * - `none`: there is none. → reading
 * - `reading`: it is being read. → sending
 * - `sending`: it is to be queued. → none, waiting
 * - `waiting`: the queue is full. → sending
 */
type PieceState = 'none' | 'reading' | 'sending' | 'waiting';

/**
 * The sender's side of one snapshot on its way to one follower: pure, so that what it does can be compared.
 *
 * Invariants, while it is accepted:
 * 1. `receivedBytes <= sentBytes <= sizeBytes`.
 * 2. `sentBytes - receivedBytes < windowBytes + pieceBytes`.
 */
export class OutgoingTransfer {
  readonly #options: OutgoingTransferOptions;
  #accepted = false;
  #ended = false;
  #piece: PieceState = 'none';
  #pieceBytes = 0;
  #resumedFromBytes = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #idleTicks = 0;

  constructor(options: OutgoingTransferOptions) {
    this.#options = options;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Where the receiver wanted it to begin. */
  get resumedFromBytes(): number {
    return this.#resumedFromBytes;
  }

  /** What the receiver has written. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The receiver looks at what it has, and gets on with that. */
  onChecking(): readonly OutgoingEffect[] {
    this.#idleTicks = 0;
    return none;
  }

  onAccepted(position: number): readonly OutgoingEffect[] {
    if (this.#accepted || position > this.#options.sizeBytes) return this.#end('confused');
    this.#accepted = true;
    this.#idleTicks = 0;
    this.#resumedFromBytes = position;
    this.#sentBytes = position;
    this.#receivedBytes = position;
    return this.#next();
  }

  onRead(): readonly OutgoingEffect[] {
    if (this.#ended) return none;
    this.#piece = 'sending';
    return send;
  }

  /** @param result - `full`: it has to be sent again when there is room */
  onSent(result: 'queued' | 'full' | 'lost'): readonly OutgoingEffect[] {
    if (result === 'lost') return this.#end('lost');
    if (result === 'full') {
      this.#piece = 'waiting';
      return none;
    }
    this.#piece = 'none';
    this.#sentBytes += this.#pieceBytes;
    return this.#next();
  }

  onRoom(): readonly OutgoingEffect[] {
    if (this.#ended || this.#piece !== 'waiting') return none;
    this.#piece = 'sending';
    return send;
  }

  onReceived(bytes: number): readonly OutgoingEffect[] {
    if (!this.#accepted || bytes < this.#receivedBytes || bytes > this.#sentBytes) return this.#end('confused');
    if (bytes > this.#receivedBytes) this.#idleTicks = 0;
    this.#receivedBytes = bytes;
    return this.#next();
  }

  onDone(): readonly OutgoingEffect[] {
    return this.#end(undefined);
  }

  /** It goes on no further, for this reason. */
  onFailed(reason: OutgoingFailure): readonly OutgoingEffect[] {
    return this.#end(reason);
  }

  onTick(): readonly OutgoingEffect[] {
    this.#idleTicks++;
    return this.#idleTicks > this.#options.timeoutTicks ? this.#end('timeout') : none;
  }

  #next(): readonly OutgoingEffect[] {
    const { sizeBytes, windowBytes, pieceBytes } = this.#options;
    const hasRoom = this.#sentBytes - this.#receivedBytes < windowBytes;
    if (this.#ended || this.#piece !== 'none' || this.#sentBytes === sizeBytes || !hasRoom) return none;
    this.#piece = 'reading';
    this.#pieceBytes = Math.min(pieceBytes, sizeBytes - this.#sentBytes);
    return [{ type: 'read', position: this.#sentBytes, lengthBytes: this.#pieceBytes }];
  }

  #end(reason: OutgoingFailure | undefined): readonly OutgoingEffect[] {
    if (this.#ended) return none;
    this.#ended = true;
    return [{ type: 'end', reason }];
  }
}

const none: readonly OutgoingEffect[] = Object.freeze([]);
const send: readonly OutgoingEffect[] = Object.freeze([{ type: 'send' }]);
