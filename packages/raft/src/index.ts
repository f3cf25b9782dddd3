/**
 * The Raft consensus core: pure and deterministic. Messages and ticks in, typed effects out.
 *
 * @packageDocumentation
 */
export {};
