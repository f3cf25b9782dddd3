import { InvariantError, type Logger, silentLogger, toError } from '@streambus/runtime';
import type { CommandAnswer } from './answers.ts';
import { applyCommand } from './apply-command.ts';
import { checkState } from './check-state.ts';
import type { MetadataCommand } from './commands.ts';
import { emptyState } from './content.ts';
import { diffStates, type MetadataDelta, StateComparison } from './delta.ts';
import type { MetadataState } from './state.ts';
import { StateBuilder, type StateParts } from './state-builder.ts';

/** Hears what a state machine did, in order. */
export type DeltaListener = (delta: MetadataDelta, state: MetadataState) => void;

/** One replica of the state: applies a log's commands in order. */
export interface MetadataStateMachine {
  /** As of the last command that was applied. */
  readonly state: MetadataState;
  /** Applies a command; refused or not, it is done when this returns. */
  apply(command: MetadataCommand): CommandAnswer;
  /** The state to write into a snapshot; it never changes. */
  snapshot(): MetadataState;
  /** Takes the state of a snapshot in place of its own. Asserts its invariants. */
  restore(state: MetadataState): void;
  /**
   * Begins to take another state in place of its own, part by part, so that nobody needs a whole one, or a turn of the event loop for all of it.
   * Until it is finished nothing changes; one that is not finished is given up.
   */
  beginRestore(): MetadataRestore;
  /**
   * Calls back after every applied command and every restored snapshot; returns what ends it. A listener that throws is
   * logged, and the others are still called; a broken invariant is thrown on.
   */
  onDelta(listener: DeltaListener): () => void;
}

/** A state on its way to take the place of another one. */
export interface MetadataRestore extends StateParts {
  /**
   * After {@link StateParts.end}: the new state takes the place of the old one, and whoever listens hears what that changed. Asserts that there
   * is no {@link StateParts.violation}.
   */
  finish(): void;
}

/** What a state machine is made of. */
export interface MetadataStateMachineDependencies {
  readonly logger?: Logger;
}

/** Makes a replica that begins with the empty state. */
export function createMetadataStateMachine(dependencies: MetadataStateMachineDependencies = {}): MetadataStateMachine {
  return new StateMachine(dependencies.logger ?? silentLogger);
}

class Restore extends StateBuilder implements MetadataRestore {
  readonly #take: (state: MetadataState) => void;

  constructor(comparison: StateComparison | undefined, take: (state: MetadataState) => void) {
    super((topic) => comparison?.add(topic));
    this.#take = take;
  }

  finish(): void {
    this.#take(this.build());
  }
}

class StateMachine implements MetadataStateMachine {
  readonly #logger: Logger;
  readonly #listeners = new Set<DeltaListener>();
  #state: MetadataState = emptyState();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get state(): MetadataState {
    return this.#state;
  }

  apply(command: MetadataCommand): CommandAnswer {
    const transition = applyCommand(this.#state, command);
    this.#state = transition.state;
    if (this.#listeners.size > 0 && transition.delta !== undefined) this.#publish(transition.delta);
    return transition.answer;
  }

  snapshot(): MetadataState {
    return this.#state;
  }

  restore(state: MetadataState): void {
    checkState(state);
    this.#replace(state, undefined);
  }

  beginRestore(): MetadataRestore {
    const comparison = this.#listeners.size > 0 ? new StateComparison(this.#state) : undefined;
    return new Restore(comparison, (state) => this.#replace(state, comparison));
  }

  onDelta(listener: DeltaListener): () => void {
    // A listener of its own for every call, so that one function may listen twice and end each on its own.
    const own: DeltaListener = (delta, state) => listener(delta, state);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  #replace(after: MetadataState, comparison: StateComparison | undefined): void {
    const before = this.#state;
    this.#state = after;
    if (this.#listeners.size === 0) return;
    // What was compared on the way is of use if nothing was applied since then.
    this.#publish(comparison?.before === before ? comparison.finish(after) : diffStates(before, after));
  }

  #publish(delta: MetadataDelta): void {
    const broken: InvariantError[] = [];
    for (const listener of [...this.#listeners]) {
      // Another one may have ended it meanwhile.
      if (!this.#listeners.has(listener)) continue;
      try {
        listener(delta, this.#state);
      } catch (error) {
        if (error instanceof InvariantError) broken.push(error);
        else this.#logger.error({ err: toError(error), version: delta.version }, 'a metadata listener failed');
      }
    }
    if (broken[0] !== undefined) throw broken[0];
  }
}
