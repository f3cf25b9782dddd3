import {
  assert,
  type Clock,
  type Deferred,
  defer,
  type Logger,
  silentLogger,
  type Timer,
  toError,
} from '@streambus/runtime';
import { cancelled } from './driver/open-calls.ts';
import { CoordinatorError } from './errors.ts';

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

const defaults = { prefetchPercent: 10, allocateTimeoutMs: 5000, maxWaitingCallers: 10_000 };

/**
 * Makes an allocator that has no block yet: it asks for the first when the first id is wanted.
 *
 * @throws CoordinatorError `COORDINATOR_OPTION_INVALID`
 */
export function createProducerIdAllocator(
  dependencies: ProducerIdAllocatorDependencies,
  options: ProducerIdAllocatorOptions = {},
): ProducerIdAllocator {
  return new BlockProducerIdAllocator(dependencies, {
    prefetchPercent: checkOption('prefetchPercent', options.prefetchPercent ?? defaults.prefetchPercent, 0, 100),
    allocateTimeoutMs: checkOption('allocateTimeoutMs', options.allocateTimeoutMs ?? defaults.allocateTimeoutMs, 1),
    maxWaitingCallers: checkOption('maxWaitingCallers', options.maxWaitingCallers ?? defaults.maxWaitingCallers, 1),
  });
}

function checkOption(name: string, value: number, lowest: number, highest = 2 ** 31 - 1): number {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return value;
  throw new CoordinatorError(
    'COORDINATOR_OPTION_INVALID',
    `${name} is ${value}; allowed are integers from ${lowest} to ${highest}`,
  );
}

interface WaitingCaller {
  readonly deferred: Deferred<number>;
  readonly timer: Timer;
  readonly stopListening: () => void;
}

/** Ids that are left of a block. */
interface OpenBlock {
  next: number;
  readonly end: number;
  /** From this id on the next block is asked for. */
  readonly prefetchFrom: number;
}

class BlockProducerIdAllocator implements ProducerIdAllocator {
  readonly #clock: Clock;
  readonly #blockSource: ProducerIdBlockSource;
  readonly #logger: Logger;
  readonly #options: Required<ProducerIdAllocatorOptions>;
  /** The one in use, and the one after it; oldest first. */
  readonly #blocks: OpenBlock[] = [];
  readonly #waiting = new Set<WaitingCaller>();
  #isRequesting = false;
  #isClosed = false;

  constructor(dependencies: ProducerIdAllocatorDependencies, options: Required<ProducerIdAllocatorOptions>) {
    this.#clock = dependencies.clock;
    this.#blockSource = dependencies.blockSource;
    this.#logger = dependencies.logger ?? silentLogger;
    this.#options = options;
  }

  async allocate(call: { readonly signal?: AbortSignal } = {}): Promise<number> {
    if (this.#isClosed) throw closedError();
    if (call.signal?.aborted) throw cancelled(call.signal);
    const producerId = this.#take();
    if (producerId !== undefined) return producerId;
    const { maxWaitingCallers } = this.#options;
    if (this.#waiting.size >= maxWaitingCallers) {
      const message = `${this.#waiting.size} callers wait for a producer id; at most ${maxWaitingCallers} may`;
      throw new CoordinatorError('PRODUCER_ID_QUEUE_FULL', message, { retriable: true });
    }
    return this.#wait(call.signal);
  }

  close(): void {
    this.#isClosed = true;
    this.#blocks.length = 0;
    for (const caller of this.#waiting) this.#refuse(caller, closedError());
  }

  /** The next id of the blocks at hand; asks for another block in time. */
  #take(): number | undefined {
    const block = this.#blocks[0];
    if (block === undefined) {
      this.#request();
      return undefined;
    }
    const producerId = block.next++;
    if (block.next >= block.end) this.#blocks.shift();
    if (this.#runsOut()) this.#request();
    return producerId;
  }

  #runsOut(): boolean {
    const [current, next] = this.#blocks;
    return next === undefined && (current === undefined || current.next >= current.prefetchFrom);
  }

  #wait(signal: AbortSignal | undefined): Promise<number> {
    const deferred = defer<number>();
    const onAbort = (): void => this.#refuse(caller, cancelled(signal));
    const { allocateTimeoutMs } = this.#options;
    const onTimeout = (): void => this.#refuse(caller, unavailable(`no block came within ${allocateTimeoutMs} ms`));
    const caller: WaitingCaller = {
      deferred,
      timer: this.#clock.setTimer(allocateTimeoutMs, onTimeout),
      stopListening: () => signal?.removeEventListener('abort', onAbort),
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(caller);
    return deferred.promise;
  }

  #request(): void {
    if (this.#isRequesting || this.#isClosed) return;
    this.#isRequesting = true;
    this.#blockSource.allocateBlock().then(
      (block) => this.#onBlock(block),
      (thrown: unknown) => this.#onFailure(toError(thrown)),
    );
  }

  #onBlock({ firstProducerId, length }: ProducerIdBlock): void {
    this.#isRequesting = false;
    const end = firstProducerId + length;
    const isValid = Number.isSafeInteger(firstProducerId) && firstProducerId >= 0 && length >= 1;
    assert(isValid && Number.isSafeInteger(end), () => `a block of ${length} producer ids from ${firstProducerId}`);
    if (this.#isClosed) return;
    const prefetchFrom = end - Math.floor((length * this.#options.prefetchPercent) / 100);
    this.#blocks.push({ next: firstProducerId, end, prefetchFrom });
    for (const caller of this.#waiting) {
      const producerId = this.#take();
      if (producerId === undefined) break;
      this.#release(caller);
      caller.deferred.resolve(producerId);
    }
  }

  /** Who waits is told; who comes next asks again. */
  #onFailure(cause: Error): void {
    this.#isRequesting = false;
    if (this.#isClosed) return;
    this.#logger.warn({ err: cause, waiting: this.#waiting.size }, 'a block of producer ids could not be had');
    for (const caller of this.#waiting) this.#refuse(caller, unavailable('its source failed', cause));
  }

  #refuse(caller: WaitingCaller, error: CoordinatorError): void {
    this.#release(caller);
    caller.deferred.reject(error);
  }

  #release(caller: WaitingCaller): void {
    this.#waiting.delete(caller);
    caller.timer.cancel();
    caller.stopListening();
  }
}

function unavailable(reason: string, cause?: Error): CoordinatorError {
  const options = cause === undefined ? { retriable: true } : { retriable: true, cause };
  return new CoordinatorError('PRODUCER_ID_UNAVAILABLE', `no producer id: ${reason}`, options);
}

function closedError(): CoordinatorError {
  return new CoordinatorError('COORDINATOR_CLOSED', 'the producer id allocator is closed');
}
