import { type Clock, InvariantError, type Random, StreamBusError, toError } from '@streambus/runtime';
import type { CallLimit, Wait } from './call-limit.ts';
import { MetadataError } from './errors.ts';

/** One attempt of a call. */
export interface Attempt {
  /** Aborted when nobody waits for this attempt any more. */
  readonly signal: AbortSignal;
  /** Says that from here on the call may have an effect although the attempt fails. */
  onSubmit(): void;
}

/** What a call does. */
export interface Work<T> {
  /** Makes one attempt; called anew when that has settled, or its signal was aborted. */
  attempt(attempt: Attempt): Promise<T>;
  /** The call has ended without an answer. */
  abandon?(): void;
}

/** Why a call ends without an answer. */
type FailureCode = 'METADATA_CLOSED' | 'METADATA_OUTCOME_UNKNOWN' | 'METADATA_REJECTED' | 'METADATA_TIMEOUT';

/** How a call persists. */
export interface Persistence {
  readonly clock: Clock;
  readonly random: Random;
  /** After which an attempt has taken too long, and what it ends with. */
  readonly attemptLimit: NonNullable<Wait<unknown>['limit']>;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Calls back when waiting on is pointless, such as when a leader appeared; returns what ends it. */
  onWake(wake: () => void): () => void;
  onFailure(error: Error): void;
}

/**
 * One call, attempted until it succeeds, fails for good, or its limit ends it. What it throws says whether any attempt may have had an
 * effect: the attempts count together.
 */
export class PersistentCall {
  readonly #what: string;
  readonly #persistence: Persistence;
  readonly limit: CallLimit;
  #mayHaveHappened = false;
  #attemptCount = 0;
  #lastError: Error | undefined;

  constructor(what: string, persistence: Persistence, limit: CallLimit) {
    this.#what = what;
    this.#persistence = persistence;
    this.limit = limit;
  }

  /** @throws MetadataError `METADATA_REJECTED`, `METADATA_OUTCOME_UNKNOWN`; the reason for which the limit ended it; InvariantError */
  async run<T>(work: Work<T>): Promise<T> {
    for (;;) {
      this.limit.throwIfEnded();
      const attempt = new RunningAttempt();
      this.#attemptCount += 1;
      try {
        return await this.#begin(work, attempt);
      } catch (error) {
        const isRejected = error instanceof StreamBusError && error.outcome === 'rejected';
        if (attempt.isSubmitted && !isRejected) this.#mayHaveHappened = true;
        // One that the caller ended says nothing of the cluster; one that ran out of time does.
        if (this.limit.isExpired) this.#persistence.onFailure(toError(error));
        this.limit.throwIfEnded();
        this.#judge(error);
      }
      await this.#pause();
    }
  }

  /** An error of the store that says what is known of the call. */
  failure(code: FailureCode, why: string): MetadataError {
    const last = this.#lastError === undefined ? '' : `; the last attempt: ${this.#lastError.message}`;
    return new MetadataError(code, `${this.#what} ${why} (attempts: ${this.#attemptCount}${last})`, {
      outcome: this.#mayHaveHappened ? 'unknown' : 'rejected',
      retriable: code === 'METADATA_TIMEOUT',
      cause: this.#lastError,
    });
  }

  #begin<T>(work: Work<T>, attempt: RunningAttempt): Promise<T> {
    return this.limit.wait<T>({
      begin: (resolve, reject) => {
        work.attempt(attempt).then(resolve, reject);
        return (reason) => attempt.abort(reason);
      },
      limit: this.#persistence.attemptLimit,
    });
  }

  /** Returns when another attempt may help; throws when none can. */
  #judge(thrown: unknown): void {
    const error = toError(thrown);
    if (error instanceof InvariantError) throw error;
    this.#lastError = error;
    const mayHelp = error instanceof AttemptTimeout || (error instanceof StreamBusError && error.retriable);
    if (mayHelp) {
      this.#persistence.onFailure(error);
      return;
    }
    throw this.#mayHaveHappened
      ? this.failure('METADATA_OUTCOME_UNKNOWN', 'may have happened, and no further attempt can tell')
      : this.failure('METADATA_REJECTED', 'is refused for good');
  }

  #pause(): Promise<void> {
    const { clock, random, minBackoffMs, maxBackoffMs, onWake } = this.#persistence;
    const longest = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(this.#attemptCount - 1, 30));
    // Half of it by chance, so that calls that failed together do not come back together.
    const delayMs = Math.ceil(longest / 2) + random.below(Math.floor(longest / 2) + 1);
    return this.limit.wait<void>({
      begin: (resolve) => {
        const stop = (): void => {
          timer.cancel();
          stopWaking();
        };
        const wake = (): void => {
          stop();
          resolve();
        };
        const timer = clock.setTimer(delayMs, wake);
        const stopWaking = onWake(wake);
        return stop;
      },
    });
  }
}

class RunningAttempt implements Attempt {
  readonly #controller = new AbortController();
  isSubmitted = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onSubmit(): void {
    this.isSubmitted = true;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

/** An attempt has taken so long that another is made. */
export class AttemptTimeout extends Error {
  override readonly name = 'AttemptTimeout';

  constructor(attemptTimeoutMs: number) {
    super(`no answer within ${attemptTimeoutMs} ms`);
  }
}
