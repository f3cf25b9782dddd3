import type { MetadataCommand } from '@streambus/metadata';
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

/** What is done with a register. */
export type RegisterUse = Pick<RegisterCommand, 'type' | 'key' | 'expected'>;

/** What is done with metadata. */
export interface MetadataUse {
  /** Undefined: a read. */
  readonly command: MetadataCommand | undefined;
  /** The version that was answered, or read. */
  version: number;
  /** Of a read: stands for the state that was read. */
  digest: number;
}

/** Something a client does once. */
export interface ClientOperation {
  /** Not 0; also the value that it writes. */
  readonly id: number;
  readonly client: number;
  /** For people. */
  readonly what: string;
  /** Whether it reads the local state behind a barrier; everything else goes through the log. */
  readonly isBarrier: boolean;
  /** Where it is for a register. */
  readonly register: RegisterUse | undefined;
  /** Where it is for metadata. */
  readonly metadata: MetadataUse | undefined;
  /** In the order in which calls and answers happened, over all clients. */
  calledAt: number;
  state: OperationState;
  /** In the same order; undefined while pending, and where it is unknown. */
  answeredAt: number | undefined;
  /** As the state machine gave it, or a digest of that. */
  answer: number | undefined;
  /** The node that answered. */
  answeredBy: number | undefined;
  /** Of a barrier: the index up to which it reads, at least. */
  readIndex: number | undefined;
  attempts: number;
}

/** An operation before anything has become of it. */
export function newOperation(
  fields: Pick<ClientOperation, 'id' | 'client' | 'what' | 'isBarrier' | 'register' | 'metadata'>,
): ClientOperation {
  return {
    ...fields,
    calledAt: 0,
    state: 'pending',
    answeredAt: undefined,
    answer: undefined,
    answeredBy: undefined,
    readIndex: undefined,
    attempts: 0,
  };
}
