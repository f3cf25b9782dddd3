/**
 * Segmented, checksummed, append-only log with group commit and recovery.
 *
 * @packageDocumentation
 */
export {};
