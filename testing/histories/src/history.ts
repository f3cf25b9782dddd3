/** What one client did once, and what it saw. */
export interface Operation<Input, Output> {
  /** Who did it; for messages only, since one client may do several things at a time. */
  readonly client: number | string;
  readonly input: Input;
  /** When it was asked for, by a clock that all operations of the history share; any unit. */
  readonly calledAt: number;
  /**
   * When the answer was there, by the same clock; undefined when none came. Then the operation may have taken effect at any time after its
   * call, or never.
   */
  readonly returnedAt: number | undefined;
  /** What was answered; not looked at where {@link returnedAt} is undefined. */
  readonly output: Output | undefined;
}

/** What the system would do if operations came one after the other. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /**
   * Takes one operation.
   *
   * @param output - what was answered; undefined where nobody knows
   * @returns the state after it, or undefined when it could not have answered that
   */
  step(state: State, input: Input, output: Output | undefined): { readonly state: State } | undefined;
  /** Tells equal states, and only those, by equal keys. */
  keyOf(state: State): string | number;
}
