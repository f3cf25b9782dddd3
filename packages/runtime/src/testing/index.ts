/**
 * Runtime's ports made of memory, a seed and a hand on the clock: for tests that are exact, fast and repeatable.
 *
 * @packageDocumentation
 */
export type { DiskFault } from './disk-faults.ts';
export { createManualClock, type ManualClock, type ManualClockOptions } from './manual-clock.ts';
export {
  createMemoryDisk,
  type DiskLoss,
  type DiskOperation,
  type DiskOperationKind,
  diskOperationKinds,
  type MemoryDisk,
  type MemoryDiskOptions,
} from './memory-disk.ts';
export { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from './memory-network.ts';
export { createMemoryTls, type MemoryTlsOptions } from './memory-tls.ts';
export { createRecordingLogger, type LogLine, type RecordingLogger } from './recording-logger.ts';
export { createSeededRandom, type SeededRandom } from './seeded-random.ts';
