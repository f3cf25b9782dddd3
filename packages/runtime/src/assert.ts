/**
 * A broken invariant: a bug in this program, never a fault of the outside.
 *
 * Whoever catches one must stop the node instead of going on with a state that cannot be trusted.
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Holds an invariant, in production too.
 *
 * @param condition - what must be true
 * @param message - names the broken rule and its operands; pass a function where building the text would cost the hot path
 * @throws InvariantError when the condition is false
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) {
    throw new InvariantError(typeof message === 'string' ? message : message());
  }
}

/** Ends a `switch` over a closed union: reaching it means that a case is missing. */
export function assertNever(value: never, what: string): never {
  throw new InvariantError(`unhandled ${what}: ${String(value)}`);
}

/** Asserts a non-negative integer that a `number` holds exactly: terms, indexes, offsets, sizes. */
export function assertSafeCount(value: number, what: string): void {
  assert(
    Number.isSafeInteger(value) && value >= 0,
    () => `${what} is ${value}; it must be an integer from 0 to 2^53-1`,
  );
}
