/**
 * Runs one replica of a state machine: the Raft core, a durable log, and exactly-once proposals.
 *
 * @packageDocumentation
 */
export {};
