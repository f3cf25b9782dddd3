import { encodeMessage } from '@streambus/codec';
import {
  type ConfState,
  emptyBytes,
  type Message,
  type NodeId,
  namesMember,
  type SnapshotMetadata,
} from '@streambus/raft';
import { StreamBusError, toError } from '@streambus/runtime';
import type { SnapshotTransfer } from '../status.ts';
import type { SnapshotReader } from '../storage/snapshot-store.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { type OutgoingEffect, type OutgoingFailure, OutgoingTransfer } from './outgoing-transfer.ts';
import {
  patienceElectionTimeouts,
  pieceBytes,
  retryElectionTimeouts,
  timeoutElectionTimeouts,
  windowBytes,
} from './transfer-limits.ts';
import {
  createPiece,
  encodeTransfer,
  type Piece,
  type ReceiverMessage,
  type SenderMessage,
} from './transfer-message.ts';

/** One snapshot on its way to one follower. */
interface Outgoing {
  readonly to: NodeId;
  readonly number: number;
  readonly message: Message;
  readonly startMs: number;
  /** Once the snapshot is open. */
  opened: Opened | undefined;
}

interface Opened {
  readonly reader: SnapshotReader;
  readonly transfer: OutgoingTransfer;
  piece: Piece | undefined;
  /** Ends when the reader is not being read. */
  reading: Promise<void>;
}

/** Failures after which the receiver is not asked again at once. */
const refusals: readonly OutgoingFailure[] = ['full', 'damaged', 'failed'];

/** The leader's side: sends its newest snapshot to the followers that the core wants to have it, one transfer for each. */
export class SnapshotSender {
  readonly #parts: ExchangeParts;
  readonly #outgoing = new Map<NodeId, Outgoing>();
  /** Followers whose transfer has failed: how many ticks they have to come back for the same snapshot. */
  readonly #interrupted = new Map<NodeId, number>();
  /** Followers that have refused: how many ticks they are left alone. */
  readonly #refused = new Map<NodeId, number>();
  /** What is being read and closed. */
  readonly #work = new Set<Promise<void>>();
  #nextNumber: number;
  #stopped = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    // Begins anywhere, so that an answer to a transfer of a former life fits none of this one.
    this.#nextNumber = parts.random.below(2 ** 31);
  }

  /** Whether the newest snapshot is on its way to somebody, or somebody is to go on receiving it. */
  get isBusy(): boolean {
    return this.#outgoing.size + this.#interrupted.size > 0;
  }

  get transfers(): readonly SnapshotTransfer[] {
    return [...this.#outgoing.values()].flatMap((outgoing) => this.#describe(outgoing) ?? []);
  }

  /** The core wants the receiver of this message to have the snapshot; whatever becomes of it is reported. */
  send(message: Message): void {
    const { to } = message;
    this.#drop(to);
    if (this.#stopped || this.#refused.has(to)) {
      this.#parts.report(to, 'failed');
      return;
    }
    const startMs = this.#parts.clock.monotonicMs();
    const outgoing: Outgoing = { to, number: this.#nextNumber++, message, startMs, opened: undefined };
    this.#outgoing.set(to, outgoing);
    this.#do(this.#open(outgoing));
  }

  onAnswer(from: NodeId, answer: ReceiverMessage): void {
    const outgoing = this.#outgoing.get(from);
    const transfer = outgoing?.opened?.transfer;
    if (outgoing?.number !== answer.transfer || transfer === undefined) return;
    this.#run(outgoing, effectsOf(transfer, answer));
    const described = this.#describe(outgoing);
    if (answer.type !== 'accept' || transfer.ended || described === undefined) return;
    this.#parts.emit({ type: 'snapshotTransfer', phase: 'started', transfer: described });
  }

  /** There is room for pieces again. */
  onRoom(to: NodeId): void {
    const outgoing = this.#outgoing.get(to);
    if (outgoing?.opened !== undefined) this.#run(outgoing, outgoing.opened.transfer.onRoom());
  }

  onPeerLost(id: NodeId): void {
    this.#fail(id, 'lost');
  }

  onTick(): void {
    for (const waiting of [this.#interrupted, this.#refused]) {
      for (const [id, ticks] of waiting) {
        if (ticks <= 1) waiting.delete(id);
        else waiting.set(id, ticks - 1);
      }
    }
    for (const outgoing of [...this.#outgoing.values()]) {
      if (outgoing.opened !== undefined) this.#run(outgoing, outgoing.opened.transfer.onTick());
    }
  }

  /** Nobody but these is sent anything any more. */
  onMembers(members: ConfState): void {
    for (const to of [...this.#outgoing.keys()]) if (!namesMember(members, to)) this.#fail(to, 'lost');
    for (const id of [...this.#interrupted.keys()]) if (!namesMember(members, id)) this.#interrupted.delete(id);
  }

  /** This node does not lead any more: the core's messages are worth nothing. */
  onLeadershipLost(): void {
    for (const to of [...this.#outgoing.keys()]) this.#fail(to, 'lost');
    this.#interrupted.clear();
    this.#refused.clear();
  }

  /** Resolves when nothing is open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const to of [...this.#outgoing.keys()]) this.#drop(to);
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #open(outgoing: Outgoing): Promise<void> {
    let reader: SnapshotReader | undefined;
    try {
      reader = await this.#parts.snapshots.open();
    } catch (thrown) {
      this.#parts.enter(() => this.#onUnreadable(outgoing, toError(thrown)));
      return;
    }
    this.#parts.enter(() => this.#offer(outgoing, reader));
    if (outgoing.opened === undefined) await reader?.close();
  }

  #offer(outgoing: Outgoing, reader: SnapshotReader | undefined): void {
    const { to, number, message } = outgoing;
    if (this.#outgoing.get(to) !== outgoing) return;
    const isUsable = reader !== undefined && namesMember(reader.identity.metadata.confState, to);
    if (!isUsable || message.term !== this.#parts.term()) {
      if (!isUsable) this.#parts.onUnusable();
      this.#outgoing.delete(to);
      this.#parts.report(to, 'failed');
      return;
    }
    const { sizeBytes, checksum, metadata } = reader.identity;
    const timeoutTicks = timeoutElectionTimeouts * this.#parts.electionTimeoutTicks;
    const transfer = new OutgoingTransfer({ sizeBytes, pieceBytes, windowBytes, timeoutTicks });
    outgoing.opened = { reader, transfer, piece: undefined, reading: Promise.resolve() };
    const offer = encodeMessage(withMetadata(message, metadata));
    if (!this.#tell(to, { type: 'offer', transfer: number, sizeBytes, checksum, message: offer })) {
      this.#run(outgoing, transfer.onFailed('lost'));
    }
  }

  #run(outgoing: Outgoing, effects: readonly OutgoingEffect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'read':
          this.#beginToRead(outgoing, effect.position, effect.lengthBytes);
          break;
        case 'send':
          this.#sendPiece(outgoing);
          break;
        case 'end':
          this.#end(outgoing, effect.reason);
          break;
      }
    }
  }

  #beginToRead(outgoing: Outgoing, position: number, lengthBytes: number): void {
    const { opened } = outgoing;
    if (opened === undefined) return;
    opened.reading = this.#read(outgoing, opened, position, lengthBytes);
    this.#do(opened.reading);
  }

  async #read(outgoing: Outgoing, opened: Opened, position: number, lengthBytes: number): Promise<void> {
    const piece = createPiece(outgoing.number, position, lengthBytes);
    try {
      const length = await opened.reader.read(piece.data, position);
      this.#parts.enter(() => {
        opened.piece = piece;
        const { transfer } = opened;
        this.#run(outgoing, length === lengthBytes ? transfer.onRead() : transfer.onFailed('damaged'));
      });
    } catch (thrown) {
      this.#parts.enter(() => this.#onUnreadable(outgoing, toError(thrown)));
    }
  }

  #sendPiece(outgoing: Outgoing): void {
    const { opened, to } = outgoing;
    if (opened?.piece === undefined) return;
    const result = this.#parts.send(to, opened.piece.bytes);
    if (result === 'queued') opened.piece = undefined;
    const outcome = result === 'queued' ? 'queued' : result === 'queue-full' ? 'full' : 'lost';
    this.#run(outgoing, opened.transfer.onSent(outcome));
  }

  #onUnreadable(outgoing: Outgoing, error: Error): void {
    if (!(error instanceof StreamBusError)) throw error;
    if (this.#outgoing.get(outgoing.to) !== outgoing) return;
    this.#parts.logger.error({ err: error, peer: outgoing.to }, 'cannot read the snapshot that a follower needs');
    this.#end(outgoing, 'failed');
  }

  #end(outgoing: Outgoing, reason: OutgoingFailure | undefined): void {
    const { to, number } = outgoing;
    const transfer = this.#describe(outgoing);
    this.#drop(to);
    const { electionTimeoutTicks, report, onUnusable } = this.#parts;
    if (reason !== undefined) {
      this.#tell(to, { type: 'cancel', transfer: number });
      const hasSome = transfer !== undefined && transfer.doneBytes > 0;
      if (hasSome) this.#interrupted.set(to, patienceElectionTimeouts * electionTimeoutTicks);
      if (refusals.includes(reason)) this.#refused.set(to, retryElectionTimeouts * electionTimeoutTicks);
      if (reason === 'damaged') onUnusable();
    }
    report(to, reason === undefined ? 'finished' : 'failed');
    if (transfer !== undefined) this.#announce(outgoing, transfer, reason);
  }

  #announce(outgoing: Outgoing, transfer: SnapshotTransfer, reason: OutgoingFailure | undefined): void {
    const { clock, emit, logger, observer } = this.#parts;
    const durationMs = clock.monotonicMs() - outgoing.startMs;
    const sentBytes = transfer.doneBytes - transfer.resumedFromBytes;
    if (reason === undefined) {
      logger.info({ ...transfer, durationMs }, 'sent a snapshot');
      observer.onSnapshotSent?.(durationMs, sentBytes);
      emit({ type: 'snapshotTransfer', phase: 'finished', transfer });
    } else {
      logger.warn({ ...transfer, reason, durationMs }, 'a snapshot was not sent');
      emit({ type: 'snapshotTransfer', phase: 'failed', transfer, reason });
    }
  }

  #fail(to: NodeId, reason: OutgoingFailure): void {
    const outgoing = this.#outgoing.get(to);
    if (outgoing === undefined) return;
    if (outgoing.opened === undefined) this.#end(outgoing, reason);
    else this.#run(outgoing, outgoing.opened.transfer.onFailed(reason));
  }

  /** Without a word, and with its reader. */
  #drop(to: NodeId): void {
    const outgoing = this.#outgoing.get(to);
    this.#outgoing.delete(to);
    this.#interrupted.delete(to);
    if (outgoing?.opened === undefined) return;
    outgoing.opened.transfer.onFailed('lost');
    this.#do(this.#close(outgoing.opened));
  }

  async #close({ reader, reading }: Opened): Promise<void> {
    await reading;
    try {
      await reader.close();
    } catch (err) {
      this.#parts.logger.warn({ err: toError(err), path: reader.path }, 'cannot close a snapshot');
    }
  }

  /** @returns whether it is on its way */
  #tell(to: NodeId, message: Exclude<SenderMessage, { type: 'piece' }>): boolean {
    return this.#parts.send(to, encodeTransfer(message)) === 'queued';
  }

  #do(work: Promise<void>): void {
    const done = work
      .catch((thrown: unknown) => {
        this.#parts.enter(() => {
          throw toError(thrown);
        });
      })
      .finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  #describe({ to, opened }: Outgoing): SnapshotTransfer | undefined {
    if (opened === undefined) return undefined;
    const { metadata, sizeBytes } = opened.reader.identity;
    const { resumedFromBytes, receivedBytes } = opened.transfer;
    return {
      direction: 'sending',
      peer: to,
      index: metadata.index,
      sizeBytes,
      resumedFromBytes,
      doneBytes: receivedBytes,
    };
  }
}

function effectsOf(transfer: OutgoingTransfer, answer: ReceiverMessage): readonly OutgoingEffect[] {
  switch (answer.type) {
    case 'checking':
      return transfer.onChecking();
    case 'accept':
      return transfer.onAccepted(answer.position);
    case 'received':
      return transfer.onReceived(answer.bytes);
    case 'done':
      return transfer.onDone();
    case 'refuse':
      return transfer.onFailed(answer.reason);
  }
}

/** The snapshot may be a newer one than the core had in mind. */
function withMetadata(message: Message, metadata: SnapshotMetadata): Message {
  return { ...message, snapshot: { data: emptyBytes, metadata } };
}
