import type { LinearizabilityReport } from './check-linearizable.ts';
import { EventList, type HistoryEvent } from './event-list.ts';
import type { Operation, SequentialModel } from './history.ts';
import { OperationSet, Visited } from './visited.ts';

/** Operations that were given a place together: one that was chosen, and those that it made possible and that change nothing. */
interface Move<State> {
  readonly chosen: HistoryEvent;
  readonly taken: readonly HistoryEvent[];
  readonly stateBefore: State;
}

/**
 * One search for an order. What can take effect now, answers right and changes nothing is given its place at once: it can never stand in the
 * way of anything, so no other place need be tried for it. Choices are only between operations that change something.
 */
export class Search<State, Input, Output> {
  readonly #model: SequentialModel<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #events: EventList;
  readonly #taken: OperationSet;
  readonly #visited = new Visited();
  /** What was given a place before any choice. */
  readonly #beginning: readonly HistoryEvent[];
  readonly #moves: Move<State>[] = [];
  #state: State;
  /** The next to be tried. */
  #at: HistoryEvent | undefined;
  #placed = 0;
  #longest: readonly number[] = [];
  #stuckAt = 0;

  constructor(model: SequentialModel<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#model = model;
    this.#operations = operations;
    this.#events = new EventList(operations);
    this.#taken = new OperationSet(operations.length);
    this.#state = model.initial;
    const first: HistoryEvent[] = [];
    this.#takeWhatChangesNothing(first);
    this.#beginning = first;
    this.#at = this.#events.first;
  }

  /** Tries one more operation, or takes one back. */
  goOn(): 'found' | 'impossible' | 'open' {
    if (this.#events.allAnsweredTaken) return 'found';
    const at = this.#at;
    if (at?.isCall === true) {
      this.#at = this.#choose(at) ? this.#events.first : at.next;
      return 'open';
    }
    // A return whose operation has no place yet: what was chosen before stands in its way.
    if (at !== undefined) this.#noteStuck(at.operation);
    return this.#takeBack() ? 'open' : 'impossible';
  }

  violation(): LinearizabilityReport<Input, Output> & { readonly verdict: 'violated' } {
    return {
      verdict: 'violated',
      explained: this.#longest.map((at) => this.#operations[at] as Operation<Input, Output>),
      unexplained: this.#operations[this.#stuckAt] as Operation<Input, Output>,
    };
  }

  /** @returns whether it can take effect now, and that was not tried before */
  #choose(chosen: HistoryEvent): boolean {
    const stepped = this.#step(chosen);
    if (stepped === undefined) return false;
    const stateBefore = this.#state;
    const taken: HistoryEvent[] = [];
    this.#take(chosen, taken);
    this.#state = stepped.state;
    this.#takeWhatChangesNothing(taken);
    if (this.#visited.add(this.#taken, this.#model.keyOf(this.#state))) {
      this.#moves.push({ chosen, taken, stateBefore });
      return true;
    }
    this.#undo({ chosen, taken, stateBefore });
    return false;
  }

  #takeBack(): boolean {
    const move = this.#moves.pop();
    if (move === undefined) return false;
    this.#undo(move);
    this.#at = move.chosen.next;
    return true;
  }

  #undo({ taken, stateBefore }: Move<State>): void {
    this.#state = stateBefore;
    for (const call of taken.toReversed()) {
      this.#taken.flip(call.operation);
      this.#events.putBack(call);
    }
    this.#placed -= taken.length;
  }

  #takeWhatChangesNothing(taken: HistoryEvent[]): void {
    const key = this.#model.keyOf(this.#state);
    for (let at = this.#events.first; at?.isCall === true; ) {
      const stepped = at.itsReturn === undefined ? undefined : this.#step(at);
      if (stepped === undefined || this.#model.keyOf(stepped.state) !== key) {
        at = at.next;
        continue;
      }
      // Where its return was the first one, what is called behind that has come within reach.
      const next = at.next === at.itsReturn ? at.itsReturn?.next : at.next;
      this.#take(at, taken);
      at = next;
    }
  }

  #take(call: HistoryEvent, taken: HistoryEvent[]): void {
    this.#taken.flip(call.operation);
    this.#events.take(call);
    this.#placed++;
    taken.push(call);
  }

  #step(call: HistoryEvent): { readonly state: State } | undefined {
    const { input, output, returnedAt } = this.#operations[call.operation] as Operation<Input, Output>;
    return this.#model.step(this.#state, input, returnedAt === undefined ? undefined : output);
  }

  #noteStuck(operation: number): void {
    if (this.#placed < this.#longest.length) return;
    this.#longest = [...this.#beginning, ...this.#moves.flatMap(({ taken }) => taken)].map((call) => call.operation);
    this.#stuckAt = operation;
  }
}
