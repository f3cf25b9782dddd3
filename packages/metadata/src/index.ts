/**
 * What a cluster knows about itself: commands, a deterministic state machine, and the store that proposes to it.
 *
 * @packageDocumentation
 */
export {};
