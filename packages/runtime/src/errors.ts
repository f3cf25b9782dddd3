/**
 * What a failed operation left behind.
 *
 * - `rejected`: it certainly did not happen; repeating it cannot do it twice.
 * - `unknown`: it may have happened, or may yet happen.
 */
export type Outcome = 'rejected' | 'unknown';

/** What an error of this project says beside its message. */
export interface StreamBusErrorOptions {
  /** Default `rejected`. */
  readonly outcome?: Outcome;
  /** Whether the same call may succeed later with nothing changed by the caller. Default false. */
  readonly retriable?: boolean;
  /** What caused it, where something else failed first. */
  readonly cause?: unknown;
}

/**
 * The base of every operating error of this project: disk, network, bad input, refusals.
 *
 * Each package derives one class with a closed set of codes. Codes are API; messages are not. A message names the thing,
 * its value, and what is allowed.
 */
export abstract class StreamBusError<Code extends string = string> extends Error {
  /** What went wrong, from the package's documented tuple of codes. */
  readonly code: Code;
  /** Whether it may have happened all the same. */
  readonly outcome: Outcome;
  /** Whether trying again can help. */
  readonly retriable: boolean;

  protected constructor(code: Code, message: string, options: StreamBusErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.outcome = options.outcome ?? 'rejected';
    this.retriable = options.retriable ?? false;
  }
}

/** The one funnel from whatever was thrown to an `Error`. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`a value that is no error was thrown: ${String(thrown)}`);
}
