/**
 * A rate of bytes, kept on average: at most a second's worth may be saved up. What is not known before it comes is charged afterwards, and may
 * overdraw; then nothing is allowed until that is made up for.
 */
export class ByteRate {
  #bytesPerSecond: number;
  #availableBytes: number;
  #atMs: number;

  /** @param bytesPerSecond - Infinity for no limit */
  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#availableBytes = bytesPerSecond;
    this.#atMs = nowMs;
  }

  change(bytesPerSecond: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#bytesPerSecond = bytesPerSecond;
    this.#availableBytes = Math.min(this.#availableBytes, bytesPerSecond);
    // Without a limit nothing was counted.
    if (Number.isNaN(this.#availableBytes)) this.#availableBytes = bytesPerSecond;
  }

  /** Bytes that may be asked for; 0 or less while it is overdrawn. */
  available(nowMs: number): number {
    this.#refill(nowMs);
    return this.#availableBytes;
  }

  charge(bytes: number): void {
    this.#availableBytes -= bytes;
  }

  /** When there is something to ask for again. */
  availableAtMs(nowMs: number): number {
    const available = this.available(nowMs);
    if (available > 0) return nowMs;
    return nowMs + Math.ceil(((1 - available) / this.#bytesPerSecond) * 1000);
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#availableBytes = Number.POSITIVE_INFINITY;
      return;
    }
    const earned = (this.#bytesPerSecond * elapsedMs) / 1000;
    this.#availableBytes = Math.min(this.#availableBytes + earned, this.#bytesPerSecond);
  }
}
