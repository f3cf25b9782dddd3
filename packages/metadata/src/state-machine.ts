import type { CommandAnswer } from './answers.ts';
import type { MetadataCommand } from './commands.ts';
import type { MetadataDelta } from './delta.ts';
import type { MetadataState } from './state.ts';

/** Hears what a state machine did, in order. */
export type DeltaListener = (delta: MetadataDelta, state: MetadataState) => void;

/** One replica of the state: applies a log's commands in order. */
export interface MetadataStateMachine {
  readonly state: MetadataState;
  /** Applies a command; refused or not, it is done when this returns. */
  apply(command: MetadataCommand): CommandAnswer;
  /** The state to write into a snapshot; it never changes. */
  snapshot(): MetadataState;
  /** Takes the state of a snapshot in place of its own. Asserts its invariants. */
  restore(state: MetadataState): void;
  /** Calls back after every applied command and every restored snapshot; returns what ends it. */
  onDelta(listener: DeltaListener): () => void;
}
