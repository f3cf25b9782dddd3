import { CodecError, decodeMessage } from '@streambus/codec';
import { type Message, MessageType, type NodeId } from '@streambus/raft';
import { StreamBusError, toError } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { SnapshotTransfer } from '../status.ts';
import type { IncomingSnapshot, SnapshotIdentity } from '../storage/snapshot-store.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { type IncomingEffect, IncomingTransfer } from './incoming-transfer.ts';
import { pieceBytes, windowBytes } from './transfer-limits.ts';
import { encodeTransfer, type ReceiverMessage, type RefusalReason, type SenderMessage } from './transfer-message.ts';

type Offer = Extract<SenderMessage, { type: 'offer' }>;
type Piece = Extract<SenderMessage, { type: 'piece' }>;

/** One snapshot on its way from a leader. */
interface Incoming {
  readonly from: NodeId;
  readonly number: number;
  readonly message: Message;
  readonly identity: SnapshotIdentity;
  readonly transfer: IncomingTransfer;
  readonly startMs: number;
  snapshot: IncomingSnapshot | undefined;
  /** Some of what is there was found to be right since that was last said. */
  hasChecked: boolean;
}

/**
 * The follower's side: receives one snapshot at a time, checks it, and gives the core its message when it is whole. What is interrupted
 * stays, for whoever offers the same again.
 */
export class SnapshotReceiver {
  readonly #parts: ExchangeParts;
  #incoming: Incoming | undefined;
  /** What the disk is asked, one after the other. */
  #jobs: Promise<void> = Promise.resolve();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  get transfers(): readonly SnapshotTransfer[] {
    return this.#incoming === undefined ? [] : [describe(this.#incoming)];
  }

  onMessage(from: NodeId, message: SenderMessage): void {
    switch (message.type) {
      case 'offer':
        this.#onOffer(from, message);
        return;
      case 'piece':
        this.#onPiece(from, message);
        return;
      case 'cancel':
        if (this.#isFrom(from, message.transfer)) this.#giveUp('cancelled');
        return;
    }
  }

  onPeerLost(id: NodeId): void {
    if (this.#incoming?.from === id) this.#giveUp('lost');
  }

  onTick(): void {
    const incoming = this.#incoming;
    if (incoming === undefined) {
      this.#forgetUseless();
    } else if (incoming.hasChecked) {
      incoming.hasChecked = false;
      this.#tell(incoming, { type: 'checking', transfer: incoming.number });
    }
  }

  /** Resolves when the disk is asked nothing more. */
  async stop(): Promise<void> {
    this.#incoming?.transfer.onLost();
    this.#incoming = undefined;
    await this.#jobs;
  }

  #onOffer(from: NodeId, offer: Offer): void {
    const message = this.#readMessage(from, offer);
    if (message?.snapshot === undefined) return;
    const { metadata } = message.snapshot;
    const { term, commit, step, clock } = this.#parts;
    if (message.term < Math.max(term(), this.#incoming?.message.term ?? 0)) {
      this.#tell({ from }, { type: 'refuse', transfer: offer.transfer, reason: 'stale' });
      return;
    }
    if (metadata.index <= commit()) {
      // It has all of that, and its core says so.
      step(message);
      this.#tell({ from }, { type: 'done', transfer: offer.transfer });
      return;
    }
    this.#supersede(from);
    const { sizeBytes, checksum } = offer;
    const incoming: Incoming = {
      from,
      number: offer.transfer,
      message,
      identity: { metadata, sizeBytes, checksum },
      transfer: new IncomingTransfer({ sizeBytes, maxQueuedBytes: windowBytes + pieceBytes }),
      startMs: clock.monotonicMs(),
      snapshot: undefined,
      hasChecked: false,
    };
    this.#incoming = incoming;
    this.#do(incoming, () => this.#prepare(incoming));
  }

  #readMessage(from: NodeId, offer: Offer): Message | undefined {
    const { self, logger } = this.#parts;
    try {
      const message = decodeMessage(offer.message);
      const isOwn = message.from === from && message.to === self;
      if (isOwn && message.type === MessageType.snapshot && message.snapshot !== undefined) return message;
      logger.warn({ peer: from, type: message.type }, 'dropped the offer of a snapshot that no leader makes');
    } catch (thrown) {
      if (!(thrown instanceof CodecError)) throw thrown;
      logger.warn({ peer: from, err: thrown }, 'dropped the offer of a snapshot that cannot be read');
    }
    return undefined;
  }

  #onPiece(from: NodeId, piece: Piece): void {
    if (this.#isFrom(from, piece.transfer) && this.#incoming !== undefined) {
      this.#run(this.#incoming, this.#incoming.transfer.onPiece(piece.position, piece.data));
    } else {
      this.#tell({ from }, { type: 'refuse', transfer: piece.transfer, reason: 'unknown' });
    }
  }

  /** A later leader's, or another one of the same leader's, takes the place of what is coming. */
  #supersede(by: NodeId): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    if (incoming.from !== by) this.#tell(incoming, { type: 'refuse', transfer: incoming.number, reason: 'superseded' });
    this.#giveUp('superseded');
  }

  async #prepare(incoming: Incoming): Promise<void> {
    const { snapshots, enter, emit } = this.#parts;
    const snapshot = await snapshots.receive(incoming.identity, {
      isWanted: () => !incoming.transfer.ended,
      onChecked: () => {
        incoming.hasChecked = true;
      },
    });
    if (snapshot === undefined) return;
    enter(() => {
      incoming.snapshot = snapshot;
      const effects = incoming.transfer.onPrepared(snapshot.receivedBytes);
      if (effects.length > 0) emit({ type: 'snapshotTransfer', phase: 'started', transfer: describe(incoming) });
      this.#run(incoming, effects);
    });
  }

  #run(incoming: Incoming, effects: readonly IncomingEffect[]): void {
    const { number, snapshot } = incoming;
    for (const effect of effects) {
      switch (effect.type) {
        case 'accept':
          this.#tell(incoming, { type: 'accept', transfer: number, position: effect.position });
          break;
        case 'received':
          this.#tell(incoming, { type: 'received', transfer: number, bytes: effect.bytes });
          break;
        case 'write':
          this.#do(incoming, async () => {
            await snapshot?.write(effect.pieces);
            this.#parts.enter(() => this.#run(incoming, incoming.transfer.onWritten()));
          });
          break;
        case 'complete':
          this.#do(incoming, () => this.#complete(incoming));
          break;
        case 'deliver':
          this.#deliver(incoming);
          break;
        case 'refuse':
          this.#tell(incoming, { type: 'refuse', transfer: number, reason: effect.reason });
          this.#end(incoming, effect.reason);
          break;
      }
    }
  }

  async #complete(incoming: Incoming): Promise<void> {
    await incoming.snapshot?.complete(() => {
      incoming.hasChecked = true;
    });
    this.#parts.enter(() => this.#run(incoming, incoming.transfer.onCompleted()));
  }

  #deliver(incoming: Incoming): void {
    const { step, observer, clock } = this.#parts;
    step(incoming.message);
    this.#tell(incoming, { type: 'done', transfer: incoming.number });
    const { receivedBytes, resumedFromBytes } = incoming.transfer;
    observer.onSnapshotReceived?.(clock.monotonicMs() - incoming.startMs, receivedBytes - resumedFromBytes);
    this.#end(incoming, undefined);
  }

  /** What there is of it stays. */
  #giveUp(reason: string): void {
    const incoming = this.#incoming;
    incoming?.transfer.onLost();
    if (incoming !== undefined) this.#end(incoming, reason);
  }

  #end(incoming: Incoming, reason: string | undefined): void {
    const { emit, logger } = this.#parts;
    if (this.#incoming === incoming) this.#incoming = undefined;
    const transfer = describe(incoming);
    if (reason === undefined) {
      logger.info({ ...transfer }, 'received a snapshot');
      emit({ type: 'snapshotTransfer', phase: 'finished', transfer });
    } else {
      logger.warn({ ...transfer, reason }, 'a snapshot was not received');
      emit({ type: 'snapshotTransfer', phase: 'failed', transfer, reason });
    }
  }

  #do(incoming: Incoming, job: () => Promise<void>): void {
    this.#jobs = this.#jobs.then(async () => {
      if (incoming.transfer.ended) return;
      try {
        await job();
      } catch (thrown) {
        await this.#onJobFailed(incoming, toError(thrown));
      }
    });
  }

  async #onJobFailed(incoming: Incoming, error: Error): Promise<void> {
    const { logger, enter } = this.#parts;
    if (!(error instanceof StreamBusError)) {
      enter(() => {
        throw error;
      });
      return;
    }
    logger.warn({ err: error, peer: incoming.from }, 'cannot receive a snapshot');
    // What was being written is of no more use; what could not be begun does no harm.
    if (incoming.snapshot !== undefined) await this.#forget();
    enter(() => this.#run(incoming, incoming.transfer.onFailed(reasonOf(error))));
  }

  /** What a former transfer or a former life has left, when the log has overtaken it. */
  #forgetUseless(): void {
    const { snapshots, commit } = this.#parts;
    if (snapshots.incomingIndex === 0 || snapshots.incomingIndex > commit()) return;
    this.#jobs = this.#jobs.then(async () => {
      if (this.#incoming === undefined) await this.#forget();
    });
  }

  async #forget(): Promise<void> {
    try {
      await this.#parts.snapshots.forgetIncoming();
    } catch (err) {
      this.#parts.logger.warn({ err: toError(err) }, 'cannot remove a snapshot that did not arrive');
    }
  }

  #isFrom(from: NodeId, number: number): boolean {
    return this.#incoming?.from === from && this.#incoming.number === number;
  }

  /** Should it be lost, the connection is too, or the sender gives up for lack of progress. */
  #tell({ from }: Pick<Incoming, 'from'>, message: ReceiverMessage): void {
    this.#parts.send(from, encodeTransfer(message));
  }
}

function describe({ from, identity, transfer }: Incoming): SnapshotTransfer {
  return {
    direction: 'receiving',
    peer: from,
    index: identity.metadata.index,
    sizeBytes: identity.sizeBytes,
    resumedFromBytes: transfer.resumedFromBytes,
    doneBytes: transfer.receivedBytes,
  };
}

function reasonOf(error: StreamBusError): RefusalReason {
  if (!(error instanceof RaftNodeError)) return 'failed';
  if (error.code === 'RAFT_NODE_STORAGE_FULL') return 'full';
  return error.code === 'RAFT_NODE_STORAGE_DAMAGED' ? 'damaged' : 'failed';
}
