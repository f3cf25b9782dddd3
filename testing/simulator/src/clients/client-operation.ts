import type { RegisterCommand } from '../machines/register-command.ts';

/**
 * What a client knows of an operation.
 *
 * - `pending`: it waits.
 * - `answered`: it took effect, and this is what it gave.
 * - `rejected`: the node said that it certainly takes no effect.
 * - `unknown`: it may have taken effect, or may yet.
 */
export type OperationState = 'pending' | 'answered' | 'rejected' | 'unknown';

/** Something a client does once. */
export interface ClientOperation {
  /** Not 0; also the value that it writes. */
  readonly id: number;
  readonly client: number;
  /** `barrier`: a read of the local state behind a barrier; the others go through the log. */
  readonly type: RegisterCommand['type'] | 'barrier';
  readonly key: number;
  readonly expected: number;
  /** Whether it has a number in a session, so that it may be tried again. */
  readonly inSession: boolean;
  /** In the order in which calls and answers happened, over all clients. */
  readonly calledAt: number;
  state: OperationState;
  /** In the same order; undefined while pending, and where it is unknown. */
  answeredAt: number | undefined;
  /** What the register held before, as it was answered. */
  before: number | undefined;
  /** The node that answered. */
  answeredBy: number | undefined;
  /** Of a barrier: the index up to which it reads, at least. */
  readIndex: number | undefined;
  attempts: number;
}
