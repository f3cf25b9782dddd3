import type { Random } from '../random.ts';
import type { DiskLoss } from './memory-disk.ts';

/** One change since the last certain sync, kept as what undoes it: an append costs no second copy of its bytes. */
interface Change {
  readonly sequence: number;
  readonly position: number;
  /** How many bytes were written there; 0 for a truncation. */
  readonly length: number;
  readonly overwritten: Uint8Array;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  fate: 'pending' | 'synced' | 'lost';
}

/** A change taken off the file at a crash, to be put back or not. */
interface TakenChange {
  readonly change: Change;
  readonly bytes: Uint8Array;
}

const smallestCapacityBytes = 1024;

/** A file of the memory disk: its content, and how much of it would survive. */
export class MemoryFile {
  readonly kind = 'file';
  /** How many handles are open on it. */
  openCount = 0;
  /** Whether a folder still names it. */
  linked = true;
  #content = new Uint8Array(0);
  #sizeBytes = 0;
  #changes: Change[] = [];
  #nextSequence = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Stands for all changes so far, to be given to {@link sync} later. */
  mark(): number {
    return this.#nextSequence;
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(this.#sizeBytes, position + target.length);
    if (end <= position) return 0;
    target.set(this.#content.subarray(position, end));
    return end - position;
  }

  /** One write, whatever it is made of: a loss of power takes it in whole or from some byte on. */
  write(chunks: readonly Uint8Array[], position: number): void {
    const lengthBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (lengthBytes === 0) return;
    const end = position + lengthBytes;
    this.#record(position, lengthBytes, end, Math.max(this.#sizeBytes, end));
    let at = position;
    for (const chunk of chunks) {
      this.#put(chunk, at);
      at += chunk.length;
    }
  }

  truncate(sizeBytes: number): void {
    this.#record(Math.min(sizeBytes, this.#sizeBytes), 0, this.#sizeBytes, sizeBytes);
    this.#resize(sizeBytes);
  }

  /** What was changed before the mark, and not before an earlier one, survives from now on. */
  sync(mark: number, fromMark = 0): void {
    this.#decide(fromMark, mark, 'synced');
    // Undoing a change that may be lost needs all that came after it.
    const kept = this.#changes.findIndex(({ fate }) => fate !== 'synced');
    this.#changes.splice(0, kept < 0 ? this.#changes.length : kept);
  }

  /** A sync failed: as on Linux, the changes stay readable, and no later sync brings them to the device. */
  failSync(mark: number, fromMark = 0): void {
    this.#decide(fromMark, mark, 'lost');
  }

  /** The power fails. */
  crash(loss: DiskLoss, random: Random): void {
    if (loss !== 'none') {
      for (const taken of this.#takeBackChanges()) {
        if (taken.change.fate === 'synced') this.#putBack(taken, taken.bytes.length);
        else if (loss === 'torn') this.#putBackTorn(taken, random);
      }
    }
    this.#changes = [];
  }

  #record(position: number, length: number, overwrittenEnd: number, sizeAfter: number): void {
    this.#changes.push({
      sequence: this.#nextSequence++,
      position,
      length,
      overwritten: this.#content.slice(position, Math.min(overwrittenEnd, this.#sizeBytes)),
      sizeBefore: this.#sizeBytes,
      sizeAfter,
      fate: 'pending',
    });
  }

  #decide(fromMark: number, mark: number, fate: 'synced' | 'lost'): void {
    for (const change of this.#changes) {
      const { sequence } = change;
      if (sequence >= fromMark && sequence < mark && change.fate === 'pending') change.fate = fate;
    }
  }

  #takeBackChanges(): TakenChange[] {
    return this.#changes
      .reverse()
      .map((change) => {
        const bytes = this.#content.slice(change.position, change.position + change.length);
        this.#resize(change.sizeBefore);
        this.#put(change.overwritten, change.position);
        return { change, bytes };
      })
      .reverse();
  }

  #putBack({ change, bytes }: TakenChange, length: number): void {
    if (change.length === 0) this.#resize(change.sizeAfter);
    else this.#put(bytes.subarray(0, length), change.position);
  }

  #putBackTorn(taken: TakenChange, random: Random): void {
    const { position, length } = taken.change;
    switch (random.below(4)) {
      case 0:
        return;
      case 1:
        // The new length arrived and the bytes did not: what lies past the old end reads as zeros.
        this.#resize(Math.max(this.#sizeBytes, position + length));
        return;
      case 2:
        this.#putBack(taken, random.below(length + 1));
        return;
      default:
        this.#putBack(taken, length);
    }
  }

  #put(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    if (position + bytes.length > this.#sizeBytes) this.#resize(position + bytes.length);
    this.#content.set(bytes, position);
  }

  #resize(sizeBytes: number): void {
    if (sizeBytes > this.#content.length) {
      const larger = new Uint8Array(Math.max(sizeBytes, this.#content.length * 2, smallestCapacityBytes));
      larger.set(this.#content);
      this.#content = larger;
    }
    // Beyond the end all is zero, so that growing again shows no old bytes.
    if (sizeBytes < this.#sizeBytes) this.#content.fill(0, sizeBytes, this.#sizeBytes);
    this.#sizeBytes = sizeBytes;
  }
}
