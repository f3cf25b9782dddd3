import { type Deferred, defer } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';

/** What one waits for. */
export interface Condition {
  readonly isMet: () => boolean;
  /** After so many ticks it is given up; undefined: never. */
  readonly maxTicks: number | undefined;
  readonly timeoutError: () => RaftNodeError;
}

interface Waiter {
  readonly condition: Condition;
  readonly met: Deferred<void>;
  ticks: number;
}

/** Callers that wait until something is true of their node. They are few, and looked at after every change. */
export class ConditionWaiters {
  readonly #waiters = new Set<Waiter>();

  /** @throws RaftNodeError the condition's own, `RAFT_NODE_ABORTED`, or that of {@link endAll} */
  async wait(condition: Condition, signal: AbortSignal | undefined): Promise<void> {
    if (condition.isMet()) return;
    if (signal?.aborted) throw aborted(signal);
    const waiter: Waiter = { condition, met: defer(), ticks: 0 };
    const onAbort = (): void => waiter.met.reject(aborted(signal as AbortSignal));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiters.add(waiter);
    try {
      await waiter.met.promise;
    } finally {
      this.#waiters.delete(waiter);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Something may have become true. */
  look(): void {
    for (const { condition, met } of this.#waiters) if (condition.isMet()) met.resolve();
  }

  onTick(): void {
    for (const waiter of this.#waiters) {
      waiter.ticks++;
      const { maxTicks, timeoutError } = waiter.condition;
      if (maxTicks !== undefined && waiter.ticks > maxTicks) waiter.met.reject(timeoutError());
    }
  }

  endAll(error: RaftNodeError): void {
    for (const { met } of this.#waiters) met.reject(error);
  }
}

function aborted(signal: AbortSignal): RaftNodeError {
  return new RaftNodeError('RAFT_NODE_ABORTED', 'aborted while waiting for it to come into force', {
    cause: signal.reason,
    outcome: 'unknown',
  });
}
