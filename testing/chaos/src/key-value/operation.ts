import { createHash } from 'node:crypto';
import type { SequentialModel } from '@streambus-testing/histories';

/** What a key holds; null before the first write. */
export type Value = string | null;

/** What a client does with a key. */
export type Input =
  | { readonly type: 'read'; readonly key: string }
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  /** Writes only over what it expects. */
  | { readonly type: 'compareAndSet'; readonly key: string; readonly expected: Value; readonly value: string }
  /** Makes a value of the one before that no other way leads to, so that one that is applied twice shows. */
  | { readonly type: 'append'; readonly key: string; readonly value: string };

/** What it does to change something. */
export type WriteInput = Exclude<Input, { readonly type: 'read' }>;

/** A change, and who made it. */
export interface Write {
  readonly client: string;
  /** From 1, another one for each write of the client. */
  readonly number: number;
  readonly input: WriteInput;
}

/** What is answered: what the key held before. */
export interface Output {
  readonly before: Value;
}

/** What a key holds after an operation. */
export function valueAfter(before: Value, input: Input): Value {
  switch (input.type) {
    case 'read':
      return before;
    case 'put':
      return input.value;
    case 'compareAndSet':
      return before === input.expected ? input.value : before;
    case 'append':
      return createHash('sha1').update(`${before} ${input.value}`).digest('base64url').slice(0, 12);
  }
}

/** One key, by itself. */
export const keyModel: SequentialModel<Value, Input, Output> = {
  initial: null,
  step(state, input, output) {
    if (output !== undefined && output.before !== state) return undefined;
    return { state: valueAfter(state, input) };
  },
  keyOf: (state) => (state === null ? 0 : state),
};
