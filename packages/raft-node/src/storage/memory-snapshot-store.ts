import { crc32c } from '@node-rs/crc32';
import type { SnapshotMetadata } from '@streambus/raft';
import { assert, type Clock } from '@streambus/runtime';
import type { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { TurnBudget } from '../turns/turn-budget.ts';
import { damagedArrival } from './snapshot-damage.ts';
import { SnapshotFrameChecker, snapshotFrames } from './snapshot-frames.ts';
import {
  type IncomingSnapshot,
  isSameSnapshot,
  type SnapshotIdentity,
  type SnapshotReader,
  type SnapshotStore,
} from './snapshot-store.ts';

const nowhere = 'memory';

/** Snapshots in memory, in the same bytes as on a disk, so that nodes of both kinds can send them to each other. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #clock: Clock;
  #current: MemorySnapshot | undefined;
  #incoming: IncomingMemory | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get current(): SnapshotIdentity | undefined {
    return this.#current?.identity;
  }

  get incomingIndex(): number {
    return this.#incoming?.identity.metadata.index ?? 0;
  }

  async open(): Promise<SnapshotReader | undefined> {
    return this.#current;
  }

  async save(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Promise<SnapshotIdentity | undefined> {
    const chunks: Uint8Array[] = [];
    let checksum = 0;
    let sizeBytes = 0;
    const budget = new TurnBudget(this.#clock);
    for (const frame of snapshotFrames(metadata, snapshot)) {
      for (const chunk of frame) {
        chunks.push(chunk.slice());
        checksum = crc32c(chunk, checksum);
        sizeBytes += chunk.length;
      }
      if (budget.isSpent) await budget.next();
      if (metadata.index <= (this.current?.metadata.index ?? 0)) return undefined;
    }
    const identity = { metadata, sizeBytes, checksum };
    this.#current = new MemorySnapshot(identity, chunks);
    return identity;
  }

  async receive(identity: SnapshotIdentity): Promise<IncomingSnapshot | undefined> {
    if (this.#incoming === undefined || !isSameSnapshot(this.#incoming.identity, identity)) {
      this.#incoming = new IncomingMemory(identity);
    }
    return this.#incoming;
  }

  async forgetIncoming(): Promise<void> {
    this.#incoming = undefined;
  }

  /** Makes the newest one of what has come. */
  install({ index, term }: SnapshotMetadata): void {
    const incoming = this.#incoming;
    assert(incoming?.completed === true, () => `there is no snapshot at ${index} to be installed`);
    const { metadata } = incoming.identity;
    assert(
      metadata.index === index && metadata.term === term,
      () => `a snapshot at ${metadata.index}, not at ${index}`,
    );
    this.#incoming = undefined;
    this.#current = new MemorySnapshot(incoming.identity, incoming.chunks);
  }
}

class MemorySnapshot implements SnapshotReader {
  readonly identity: SnapshotIdentity;
  readonly path = nowhere;
  readonly #chunks: readonly Uint8Array[];
  /** Where each chunk begins. */
  readonly #positions: readonly number[];

  constructor(identity: SnapshotIdentity, chunks: readonly Uint8Array[]) {
    this.identity = identity;
    this.#chunks = chunks;
    let position = 0;
    this.#positions = chunks.map((chunk) => {
      position += chunk.length;
      return position - chunk.length;
    });
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    for (let at = this.#chunkAt(position); at < this.#chunks.length && filled < target.length; at++) {
      const from = position + filled - (this.#positions[at] as number);
      const part = (this.#chunks[at] as Uint8Array).subarray(from, from + target.length - filled);
      target.set(part, filled);
      filled += part.length;
    }
    return filled;
  }

  async close(): Promise<void> {}

  /** The last chunk that begins at or before `position`, by halving. */
  #chunkAt(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] as number) <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}

class IncomingMemory implements IncomingSnapshot {
  readonly identity: SnapshotIdentity;
  readonly chunks: Uint8Array[] = [];
  completed = false;
  readonly #checker = new SnapshotFrameChecker();

  constructor(identity: SnapshotIdentity) {
    this.identity = identity;
  }

  get receivedBytes(): number {
    return this.#checker.bytes;
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      const fits = this.#checker.bytes + piece.length <= this.identity.sizeBytes;
      if (!fits || !this.#checker.add(piece)) throw this.#damaged();
      this.chunks.push(piece.slice());
    }
  }

  async complete(): Promise<void> {
    if (!this.#checker.isWhole(this.identity)) throw this.#damaged();
    this.completed = true;
  }

  #damaged(): RaftNodeError {
    return damagedArrival(nowhere, this.identity, this.#checker.wholeBytes);
  }
}
