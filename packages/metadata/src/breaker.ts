/** When a {@link Breaker} opens, and what it lets through then. */
export interface BreakerOptions {
  readonly openAfterMs: number;
  readonly probeIntervalMs: number;
}

/**
 * Stops new work while none succeeds.
 *
 * It is open once attempts have been failing over a span of `openAfterMs` with no success between; then one call per
 * `probeIntervalMs` is let through, and the first success of anything closes it. A single old failure does not open it.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #firstFailureMs: number | undefined;
  #lastFailureMs = 0;
  #lastProbeMs: number | undefined;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return (
      this.#firstFailureMs !== undefined && this.#lastFailureMs - this.#firstFailureMs >= this.#options.openAfterMs
    );
  }

  /** Whether a new call may be tried. */
  admit(nowMs: number): boolean {
    if (!this.isOpen) return true;
    if (this.#lastProbeMs !== undefined && nowMs - this.#lastProbeMs < this.#options.probeIntervalMs) return false;
    this.#lastProbeMs = nowMs;
    return true;
  }

  recordSuccess(): void {
    this.#firstFailureMs = undefined;
    this.#lastProbeMs = undefined;
  }

  recordFailure(nowMs: number): void {
    this.#firstFailureMs ??= nowMs;
    this.#lastFailureMs = nowMs;
  }
}
