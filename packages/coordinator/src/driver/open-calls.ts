import { assert, defer } from '@streambus/runtime';
import type { CallToken } from '../core/effects.ts';
import { CoordinatorError } from '../errors.ts';

interface OpenCall<Response> {
  resolve(response: Response): void;
  forget(): void;
}

/** The calls of one API that wait for their answers. */
export class OpenCalls<Response> {
  readonly #calls = new Map<CallToken, OpenCall<Response>>();

  /**
   * Waits for the answer to `token`.
   *
   * @param onAbort - called when the signal ends the wait; the promise then rejects with `COORDINATOR_CALL_CANCELLED`
   */
  begin(token: CallToken, signal: AbortSignal | undefined, onAbort: () => void): Promise<Response> {
    const { promise, resolve, reject } = defer<Response>();
    const abort = (): void => {
      this.#calls.delete(token);
      signal?.removeEventListener('abort', abort);
      onAbort();
      reject(cancelled(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#calls.set(token, { resolve, forget: () => signal?.removeEventListener('abort', abort) });
    return promise;
  }

  answer(token: CallToken, response: Response): void {
    const call = this.#calls.get(token);
    assert(call !== undefined, () => `call ${token} is answered, but does not wait`);
    this.#calls.delete(token);
    call.forget();
    call.resolve(response);
  }
}

/** Why a call ended whose signal was aborted. */
export function cancelled(signal: AbortSignal | undefined): CoordinatorError {
  return new CoordinatorError('COORDINATOR_CALL_CANCELLED', 'the caller gave the call up', {
    outcome: 'unknown',
    cause: signal?.reason,
  });
}
