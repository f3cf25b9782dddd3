import type { Log, LogError } from '@streambus/log';
import type { Clock, Logger } from '@streambus/runtime';
import { partitionErrorOf } from './errors.ts';
import type { KnownState } from './known-state.ts';
import type { WriteRejection } from './partition.ts';

/** What a gate watches over. */
export interface WriteGateParts {
  /** Topic and partition. */
  readonly name: string;
  readonly log: Log;
  readonly known: KnownState;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What may be true of a log that is written to: only in `open` are records taken.
 *
 * - `open` → rebuilding, failed, closed
 * - `rebuilding`: frames that were taken are gone, so what is known is being read again from what is stored. → open, failed, closed
 * - `failed`: until the broker is restarted. → closed
 */
export type GateState =
  | { readonly kind: 'open' }
  | { readonly kind: 'rebuilding' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'closed' };

/** Says whether a partition takes records, and keeps what is known of them true when some are taken back. */
export class WriteGate {
  readonly #parts: WriteGateParts;
  #state: GateState = { kind: 'open' };
  #rebuild: Promise<void> | undefined;
  #rejection: WriteRejection | undefined;

  constructor(parts: WriteGateParts) {
    this.#parts = parts;
  }

  get state(): GateState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  get isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  get isRebuilding(): boolean {
    return this.#rebuild !== undefined;
  }

  get failure(): Error | undefined {
    return this.#state.kind === 'failed' ? this.#state.error : undefined;
  }

  get rejection(): WriteRejection | undefined {
    return this.#rejection;
  }

  /** A write has gone through: what was rejected before counts no more. */
  writesGoThrough(): void {
    this.#rejection = undefined;
  }

  /** Frames that were taken are not in the log: what was remembered of them must go too. */
  rejected(error: LogError): void {
    const { log, logger, clock } = this.#parts;
    if (this.isClosed) return;
    if (log.failure !== undefined) {
      this.#end(error, 'the log failed; this partition takes no records until the broker is restarted');
      return;
    }
    // Producers try again and again: one line says it until a write goes through.
    if (this.#rejection === undefined) logger.error({ err: error }, 'writes are rejected; nothing of them is kept');
    this.#rejection = { error, monotonicMs: clock.monotonicMs() };
    // Nothing waits any more after a rejection, so whoever rebuilds already has not read any of it.
    if (this.#rebuild === undefined) this.#startRebuild(async () => {});
  }

  /**
   * Changes what is stored, with nothing taken meanwhile, and then reads again what is known of it.
   *
   * @throws PartitionError when the change failed; what is known is right all the same
   */
  async rewrite(change: () => Promise<void>): Promise<void> {
    while (this.#rebuild !== undefined) await this.#rebuild;
    let problem: Error | undefined;
    await this.#startRebuild(async () => {
      try {
        await change();
      } catch (thrown) {
        problem = partitionErrorOf(this.#parts.name, thrown);
      }
    });
    if (problem !== undefined) throw problem;
  }

  /** Takes no more, for a reason that only a restart may remove. */
  fail(error: Error): void {
    if (!this.isOpen) return;
    this.#end(error, 'this partition takes no records until the broker is restarted');
  }

  /** Resolves when nothing is being rebuilt. */
  async idle(): Promise<void> {
    while (this.#rebuild !== undefined) await this.#rebuild;
  }

  /** Takes no more, for good; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#state = { kind: 'closed' };
    await this.idle();
  }

  #startRebuild(change: () => Promise<void>): Promise<void> {
    if (this.isOpen) this.#state = { kind: 'rebuilding' };
    this.#rebuild = this.#rebuildAfter(change).finally(() => {
      this.#rebuild = undefined;
    });
    return this.#rebuild;
  }

  async #rebuildAfter(change: () => Promise<void>): Promise<void> {
    const { name, known, logger } = this.#parts;
    try {
      await change();
      await known.restore();
      if (this.#state.kind === 'rebuilding') this.#state = { kind: 'open' };
    } catch (thrown) {
      const error = partitionErrorOf(name, thrown);
      if (this.#state.kind === 'rebuilding') this.#state = { kind: 'failed', error };
      logger.error({ err: error }, 'could not read again what is known of the stored records');
    }
  }

  #end(error: Error, message: string): void {
    this.#state = { kind: 'failed', error };
    this.#parts.logger.error({ err: error }, message);
  }
}
