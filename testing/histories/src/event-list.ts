import type { Operation } from './history.ts';

/** A call or a return, in the order of time, among those that have not been given a place yet. */
export interface HistoryEvent {
  /** Which operation, by its place in the history. */
  readonly operation: number;
  readonly isCall: boolean;
  /** The return of the same operation; undefined for a return, and where none came. */
  readonly itsReturn: HistoryEvent | undefined;
  previous: HistoryEvent | undefined;
  next: HistoryEvent | undefined;
}

/**
 * Calls and returns as a list from which operations are taken, and into which they are put back in the opposite order.
 *
 * What happens at one moment happens at the same time: calls come before returns.
 */
export class EventList {
  readonly #head: HistoryEvent;
  /** Returns in the list: operations that still need a place. */
  #returns = 0;

  constructor(operations: readonly Operation<unknown, unknown>[]) {
    this.#head = event(-1, false, undefined);
    const timed = operations.flatMap(({ calledAt, returnedAt }, at) => {
      if (returnedAt === undefined) return [{ time: calledAt, event: event(at, true, undefined) }];
      const itsReturn = event(at, false, undefined);
      this.#returns++;
      return [
        { time: calledAt, event: event(at, true, itsReturn) },
        { time: returnedAt, event: itsReturn },
      ];
    });
    timed.sort((one, other) => one.time - other.time || Number(other.event.isCall) - Number(one.event.isCall));
    let last = this.#head;
    for (const { event: next } of timed) {
      last.next = next;
      next.previous = last;
      last = next;
    }
  }

  get first(): HistoryEvent | undefined {
    return this.#head.next;
  }

  /** Whether every operation that was answered has been taken. */
  get allAnsweredTaken(): boolean {
    return this.#returns === 0;
  }

  /** Takes an operation, by its call. */
  take(call: HistoryEvent): void {
    unlink(call);
    if (call.itsReturn === undefined) return;
    unlink(call.itsReturn);
    this.#returns--;
  }

  /** Puts back the operation that was taken last. */
  putBack(call: HistoryEvent): void {
    if (call.itsReturn !== undefined) {
      link(call.itsReturn);
      this.#returns++;
    }
    link(call);
  }
}

function event(operation: number, isCall: boolean, itsReturn: HistoryEvent | undefined): HistoryEvent {
  return { operation, isCall, itsReturn, previous: undefined, next: undefined };
}

function unlink({ previous, next }: HistoryEvent): void {
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
}

function link(taken: HistoryEvent): void {
  if (taken.previous !== undefined) taken.previous.next = taken;
  if (taken.next !== undefined) taken.next.previous = taken;
}
