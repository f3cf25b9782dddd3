/** At least so much may be under way: a path that bears less than that in three milliseconds is slower than any cluster's. */
const minWindowBytes = 256 * 1024;
const initialWindowBytes = 1024 * 1024;
const maxWindowBytes = 16 * 1024 * 1024;

/** How long bytes may wait on their way, beyond what the way itself takes. */
const maxQueueingMs = 3;

/** For so long the shortest delay that was seen counts as what the way itself takes. */
const baseDelayKeptMs = 10_000;

/** What is written within so long counts as written when it began. */
const markEveryMs = 1;

/** Moments of writing that are kept: those of a round trip of half a second. The delay of what was written before them is not known. */
const maxMarks = 512;

/**
 * After the first cut the window grows by this share of what arrives: an eighth more in a round trip. Before it doubles, to find out
 * soon what the path bears; who goes on like that finds it out again and again, at the cost of whoever waits.
 */
const laterGrowth = 1 / 8;

/**
 * Says how much may be under way to a peer: written here and not yet taken off the network there.
 *
 * What lies in the system's buffers can be overtaken by nothing, and they grow to megabytes. So only so much is put into them that it
 * passes in a few milliseconds: the window grows while what is under way arrives without delay, and shrinks when it begins to wait
 * (the idea of LEDBAT, RFC 6817, and of TCP Vegas, at the level where priorities are known). A receiver that is busy delays its
 * acknowledgements and is given less in the same way.
 */
export class FlightWindow {
  #windowBytes = initialWindowBytes;
  #sentBytes = 0;
  #acknowledgedBytes = 0;
  /** The window was what held something back since the last acknowledgement. */
  #wasLimit = false;
  #growth = 1;
  /** No second cut before this much was acknowledged: it was under way at the first. */
  #noCutUntilBytes = 0;
  #baseDelayMs = Number.POSITIVE_INFINITY;
  #lastBaseDelayMs = Number.POSITIVE_INFINITY;
  #baseSinceMs = 0;
  readonly #markBytes: number[] = [];
  readonly #markTimesMs: number[] = [];
  /** What was sent up to there has no mark any longer. */
  #forgottenBytes = 0;

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get inflightBytes(): number {
    return this.#sentBytes - this.#acknowledgedBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** How much more may be sent now. A caller that wants more than that waits for an acknowledgement. */
  room(): number {
    const room = this.#windowBytes - this.inflightBytes;
    if (room <= 0) this.#wasLimit = true;
    return room;
  }

  sent(bytes: number, nowMs: number): void {
    this.#sentBytes += bytes;
    const last = this.#markBytes.length - 1;
    if (last >= 0 && nowMs - (this.#markTimesMs[last] as number) < markEveryMs) {
      this.#markBytes[last] = this.#sentBytes;
      return;
    }
    this.#markBytes.push(this.#sentBytes);
    this.#markTimesMs.push(nowMs);
    if (this.#markBytes.length > maxMarks) this.#forgetMarks(1);
  }

  /** @param totalBytes - of this connection, from its beginning; not less than before and not more than was sent */
  acknowledged(totalBytes: number, nowMs: number): void {
    const gainedBytes = totalBytes - this.#acknowledgedBytes;
    this.#acknowledgedBytes = totalBytes;
    // What it tells was told before, or cannot be told.
    if (gainedBytes === 0 || totalBytes <= this.#forgottenBytes) return;
    const mark = this.#markBytes.findIndex((bytes) => bytes >= totalBytes);
    const delayMs = nowMs - (this.#markTimesMs[mark] as number);
    this.#forgetMarks(mark);
    this.#noteDelay(delayMs, nowMs);
    if (delayMs > Math.min(this.#baseDelayMs, this.#lastBaseDelayMs) + maxQueueingMs) this.#cut(totalBytes);
    else if (this.#wasLimit) this.#grow(gainedBytes);
    this.#wasLimit = false;
  }

  #grow(gainedBytes: number): void {
    this.#windowBytes = Math.min(maxWindowBytes, this.#windowBytes + Math.ceil(gainedBytes * this.#growth));
  }

  #cut(totalBytes: number): void {
    if (totalBytes < this.#noCutUntilBytes) return;
    this.#windowBytes = Math.max(minWindowBytes, Math.floor((this.#windowBytes * 3) / 4));
    this.#noCutUntilBytes = this.#sentBytes;
    this.#growth = laterGrowth;
  }

  #noteDelay(delayMs: number, nowMs: number): void {
    if (nowMs - this.#baseSinceMs > baseDelayKeptMs) {
      this.#lastBaseDelayMs = this.#baseDelayMs;
      this.#baseDelayMs = Number.POSITIVE_INFINITY;
      this.#baseSinceMs = nowMs;
    }
    this.#baseDelayMs = Math.min(this.#baseDelayMs, delayMs);
  }

  #forgetMarks(count: number): void {
    if (count === 0) return;
    this.#forgottenBytes = this.#markBytes[count - 1] as number;
    this.#markBytes.splice(0, count);
    this.#markTimesMs.splice(0, count);
  }
}
