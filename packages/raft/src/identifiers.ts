import { assertSafeCount, type Brand } from '@streambus/runtime';

/** A member of the cluster: an integer from 1; 0 stands for "nobody" ({@link noNode}). */
export type NodeId = Brand<number, 'NodeId'>;

/** A term of office (dissertation, section 3.3): an integer that only grows; 0 before the first election. */
export type Term = Brand<number, 'Term'>;

/** A position in the log: the first entry has 1, and 0 lies before every entry. */
export type LogIndex = Brand<number, 'LogIndex'>;

/**
 * Makes a {@link NodeId} of a number that came from outside.
 *
 * @throws InvariantError when it is no integer from 0 to 2^53-1
 */
export function nodeId(value: number): NodeId {
  assertSafeCount(value, 'node id');
  return value as NodeId;
}

/**
 * Makes a {@link Term} of a number that came from outside.
 *
 * @throws InvariantError when it is no integer from 0 to 2^53-1
 */
export function term(value: number): Term {
  assertSafeCount(value, 'term');
  return value as Term;
}

/**
 * Makes a {@link LogIndex} of a number that came from outside or from arithmetic.
 *
 * @throws InvariantError when it is no integer from 0 to 2^53-1
 */
export function logIndex(value: number): LogIndex {
  assertSafeCount(value, 'log index');
  return value as LogIndex;
}

/** No node: no leader is known, no vote was given. */
export const noNode: NodeId = nodeId(0);

/** The term before the first election. */
export const zeroTerm: Term = term(0);

/** The index before the first entry. */
export const zeroIndex: LogIndex = logIndex(0);

/** The recipient of storage writes in the asynchronous form: this node's own append thread, never a peer. */
export const localAppendThread: NodeId = nodeId(Number.MAX_SAFE_INTEGER);

/** The recipient of committed entries in the asynchronous form: this node's own apply thread, never a peer. */
export const localApplyThread: NodeId = nodeId(Number.MAX_SAFE_INTEGER - 1);

/**
 * Whether a message to or from this id stays inside the node: it goes to storage or the state machine, never to the
 * network.
 */
export function isLocalThread(id: NodeId): boolean {
  return id === localAppendThread || id === localApplyThread;
}

/** The limit that limits nothing, for the byte and entry limits of this package. */
export const noLimit: number = Number.MAX_SAFE_INTEGER;

/**
 * Arithmetic on indexes that are known to be safe, without checking again.
 *
 * @internal
 */
export function asIndex(value: number): LogIndex {
  return value as LogIndex;
}

/** @internal */
export function minIndex(a: LogIndex, b: LogIndex): LogIndex {
  return a < b ? a : b;
}

/** @internal */
export function maxIndex(a: LogIndex, b: LogIndex): LogIndex {
  return a > b ? a : b;
}

/** @internal */
export function nextTerm(value: Term): Term {
  return term(value + 1);
}
