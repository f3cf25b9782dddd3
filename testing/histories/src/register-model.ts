import type { SequentialModel } from './history.ts';

/** What a register holds; undefined before the first write. */
export type RegisterValue = string | number | undefined;

/** What one can do with a register. */
export type RegisterInput =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly value: RegisterValue }
  /** Writes only where the register holds `expected`. */
  | { readonly type: 'compareAndSet'; readonly expected: RegisterValue; readonly value: RegisterValue };

/** What it answers. */
export interface RegisterOutput {
  /** What it held before the operation: what a read reads, and by which it is known whether a `compareAndSet` has written. */
  readonly before: RegisterValue;
}

/** One register. A write that answers nothing but that it is done has the output `'done'`. */
export const registerModel: SequentialModel<RegisterValue, RegisterInput, RegisterOutput | 'done'> = {
  initial: undefined,
  step(state, input, output) {
    if (output !== undefined && output !== 'done' && output.before !== state) return undefined;
    return { state: after(state, input) };
  },
  keyOf: (state) => (typeof state === 'string' ? `'${state}` : String(state)),
};

function after(state: RegisterValue, input: RegisterInput): RegisterValue {
  switch (input.type) {
    case 'read':
      return state;
    case 'write':
      return input.value;
    case 'compareAndSet':
      return state === input.expected ? input.value : state;
  }
}
