import { InvariantError, type Logger, silentLogger, toError } from '@streambus/runtime';
import type { CommandAnswer } from './answers.ts';
import { applyCommand } from './apply-command.ts';
import { checkState } from './check-state.ts';
import type { MetadataCommand } from './commands.ts';
import { emptyState } from './content.ts';
import { diffStates, type MetadataDelta } from './delta.ts';
import type { MetadataState } from './state.ts';

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
   * Calls back after every applied command and every restored snapshot; returns what ends it. A listener that throws is
   * logged, and the others are still called; a broken invariant is thrown on.
   */
  onDelta(listener: DeltaListener): () => void;
}

/** What a state machine is made of. */
export interface MetadataStateMachineDependencies {
  readonly logger?: Logger;
}

/** Makes a replica that begins with the empty state. */
export function createMetadataStateMachine(dependencies: MetadataStateMachineDependencies = {}): MetadataStateMachine {
  return new StateMachine(dependencies.logger ?? silentLogger);
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
    const delta = diffStates(this.#state, state);
    this.#state = state;
    this.#publish(delta);
  }

  onDelta(listener: DeltaListener): () => void {
    // A listener of its own for every call, so that one function may listen twice and end each on its own.
    const own: DeltaListener = (delta, state) => listener(delta, state);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
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
