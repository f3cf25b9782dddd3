import type { Clock, Logger } from '@streambus/runtime';

/** A range of producer ids that belongs to this broker alone, for ever. */
export interface ProducerIdBlock {
  /** The first id. */
  readonly firstProducerId: number;
  /** How many ids. */
  readonly length: number;
}

/** Where blocks come from: a command of the cluster's metadata. */
export interface ProducerIdBlockSource {
  /** Resolves with a block that nobody else gets, also not after a crash. */
  allocateBlock(): Promise<ProducerIdBlock>;
}

/** What an allocator lets its user choose. */
export interface ProducerIdAllocatorOptions {
  /** The next block is asked for when fewer than this share of the current one is left, in percent. Default 10. */
  readonly prefetchPercent?: number;
  /** How long a caller waits for a block. Default 5000. */
  readonly allocateTimeoutMs?: number;
  /** Most callers that wait. Default 10,000. */
  readonly maxWaitingCallers?: number;
}

/** What an allocator takes from outside. */
export interface ProducerIdAllocatorDependencies {
  readonly clock: Clock;
  readonly blockSource: ProducerIdBlockSource;
  /** Default: silent. */
  readonly logger?: Logger;
}

/** Hands out producer ids, each once in the cluster. */
export interface ProducerIdAllocator {
  /**
   * The next producer id.
   *
   * @throws CoordinatorError `PRODUCER_ID_UNAVAILABLE`, `PRODUCER_ID_QUEUE_FULL`, `COORDINATOR_CALL_CANCELLED`, `COORDINATOR_CLOSED`
   */
  allocate(call?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Refuses who waits and who comes. */
  close(): void;
}
