/** A connection, as far as it makes the broker hold bytes. */
export interface BufferHolder {
  /** Bytes of requests that are not whole or not started, and of answers that the client has not taken. */
  readonly bufferedBytes: number;
  /** Ends it because it holds too much; it then holds nothing. */
  evict(): void;
}

/** Room for the records of answers that are being put together. */
export interface AnswerMemory {
  /** @returns how many of the wanted bytes an answer may have, until {@link release}: 0 when there is no room */
  reserve(wantedBytes: number): number;
  release(bytes: number): void;
}

/** A single answer gets this part of what is free, so that there is always something for the next. */
const sharePerAnswer = 4;

/**
 * The bytes that clients make the broker hold: parts of requests that are still on their way, and answers that they do not
 * take. Neither can be held back by not reading, so beyond the limit those connections end that hold most, until half is free.
 *
 * What is held changes with every read and write. It is counted only when what has come since the last count could have
 * reached the limit, which is once for many bytes.
 */
export class BufferedMemory implements AnswerMemory {
  readonly #limitBytes: number;
  readonly #holders: () => Iterable<BufferHolder>;
  #countedBytes = 0;
  #addedBytes = 0;
  #reservedBytes = 0;

  constructor(limitBytes: number, holders: () => Iterable<BufferHolder>) {
    this.#limitBytes = limitBytes;
    this.#holders = holders;
  }

  /** An upper bound of the bytes held. */
  get usedBytes(): number {
    return this.#countedBytes + this.#addedBytes + this.#reservedBytes;
  }

  /** Says that a connection may hold so many bytes more. It may be evicted by this call. */
  add(bytes: number): void {
    this.#addedBytes += bytes;
    if (this.usedBytes <= this.#limitBytes) return;
    this.#count();
    if (this.usedBytes > this.#limitBytes) this.#evictLargest();
  }

  reserve(wantedBytes: number): number {
    if (this.usedBytes > this.#limitBytes / 2) this.#count();
    const free = Math.max(0, this.#limitBytes - this.usedBytes);
    const granted = Math.max(0, Math.min(wantedBytes, Math.floor(free / sharePerAnswer)));
    this.#reservedBytes += granted;
    return granted;
  }

  release(bytes: number): void {
    this.#reservedBytes -= bytes;
  }

  #count(): void {
    this.#addedBytes = 0;
    this.#countedBytes = 0;
    for (const { bufferedBytes } of this.#holders()) this.#countedBytes += bufferedBytes;
  }

  #evictLargest(): void {
    const holders = Array.from(this.#holders(), (holder) => ({ holder, bytes: holder.bufferedBytes }));
    holders.sort((one, other) => other.bytes - one.bytes);
    for (const { holder, bytes } of holders) {
      if (this.#countedBytes <= this.#limitBytes / 2 || bytes === 0) return;
      holder.evict();
      this.#countedBytes -= bytes;
    }
  }
}
