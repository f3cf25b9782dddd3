import { StreamBusError } from '@streambus/runtime';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

/** How an attempt ended: with an answer, certainly without effect, or nobody knows. */
export type AttemptEnd<Value> =
  | { readonly type: 'answered'; readonly value: Value }
  | { readonly type: 'rejected' | 'unknown'; readonly why: string };

/** Something that a client asks of a node's process. */
export interface AttemptParts<Value> {
  readonly world: World;
  readonly process: SimulatedProcess;
  readonly deadlineMs: number;
  readonly call: (signal: AbortSignal) => Promise<Value>;
  /** It reaches the process now. */
  readonly onCalled: () => void;
  /** Called once. */
  readonly onEnd: (end: AttemptEnd<Value>) => void;
}

/** Calls a node, as a client of its process does: the call waits while the process is held, and no answer comes from a dead one. */
export function attempt<Value>({ world, process, deadlineMs, call, onCalled, onEnd }: AttemptParts<Value>): void {
  const abort = new AbortController();
  let called = false;
  let ended = false;
  const end = (how: AttemptEnd<Value>): void => {
    if (ended) return;
    ended = true;
    deadline.cancelled = true;
    onEnd(how);
  };
  process.wakeAfter(1, 'input', () => {
    if (ended) return;
    called = true;
    onCalled();
    call(abort.signal).then(
      (value) => end({ type: 'answered', value }),
      (thrown) => end(thrown === tooLate ? { type: 'unknown', why: 'deadline' } : judge(thrown)),
    );
  });
  const deadline = world.after(deadlineMs * 1000, () => {
    if (!called) end({ type: 'rejected', why: 'the process did not take it' });
    else if (!process.alive || process.held) end({ type: 'unknown', why: 'the process does not answer' });
    else return process.wake('input', () => abort.abort(tooLate));
    return false;
  });
}

/** Why a client gives up. */
const tooLate = new Error('deadline');

function judge(thrown: unknown): AttemptEnd<never> {
  if (!(thrown instanceof StreamBusError)) throw thrown;
  return { type: thrown.outcome, why: thrown.code };
}
