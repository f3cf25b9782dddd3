/** A running timer. */
export interface Timer {
  /** Stops it; harmless when it has fired or was cancelled. */
  cancel(): void;
}

/** Time, as everything outside runtime sees it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. It may jump: for people and for record timestamps, never for measuring. */
  wallTimeMs(): number;
  /** Milliseconds since an arbitrary moment, with fractions; it never goes back. */
  monotonicMs(): number;
  /** Calls back once, after at least `delayMs`. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /**
   * Calls back after the input that has already arrived was handled: once per turn of the event loop, which is where
   * batches form.
   */
  nextTurn(callback: () => void): void;
}
