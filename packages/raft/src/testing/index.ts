/**
 * Raft in memory, under a script: clusters in which nothing happens unless a test says so, the five safety properties
 * as a check, and random schedules from a seed.
 *
 * @packageDocumentation
 */
export { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions } from './memory-cluster.ts';
export { MemoryNode, type SharedOptions } from './memory-node.ts';
export { runRandomSchedule } from './random-schedule.ts';
export type { FaultKind, RandomScheduleOptions, RandomScheduleReport } from './random-schedule-report.ts';
export { SafetyCheck } from './safety-check.ts';
