/**
 * An offsets log made of memory, for tests of what is built on a coordinator.
 *
 * @packageDocumentation
 */
export {
  createMemoryOffsetsLog,
  type MemoryOffsetsBatch,
  type MemoryOffsetsLog,
  type MemoryOffsetsLogOptions,
} from './memory-offsets-log.ts';
