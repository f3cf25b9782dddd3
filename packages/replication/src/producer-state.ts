import { assert } from '@streambus/runtime';

/** How many of a producer's last batches are remembered: as many as a client may have in flight (KIP-98). */
const rememberedBatches = 5;

const maxSequence = 0x7fff_ffff;

/** A batch of an idempotent producer, as its header says. */
export interface SequencedBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** Where a batch was stored. */
export interface StoredBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
}

/** What to do with a batch; see {@link ProducerStateTable.check}. */
export type ProducerVerdict =
  | { readonly kind: 'append' }
  /** The producer repeats itself: answer with where the batch was stored the first time. */
  | ({ readonly kind: 'duplicate' } & StoredBatch)
  | {
      readonly kind: 'refused';
      readonly error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' | 'INVALID_PRODUCER_EPOCH';
      readonly message: string;
    };

interface RememberedBatch extends StoredBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/**
 * One producer's state on one partition.
 *
 * Invariants (kept by `record`, assumed by `check`):
 * 1. `batches` has 1 to {@link rememberedBatches} elements, oldest first, all of `epoch`.
 * 2. Each batch begins where the one before it ends, in sequences (wrapping) and, at or after it, in offsets.
 */
interface ProducerState {
  epoch: number;
  batches: RememberedBatch[];
  /** When it was last heard of here: the timestamps in its records may be of any time. */
  heardMs: number;
}

const append: ProducerVerdict = { kind: 'append' };

/**
 * What one partition knows of its idempotent producers (KIP-98): enough to store each batch once and in order however often
 * it is sent.
 *
 * Bounded: past `maxProducers` the one that was silent longest is forgotten; it may then go on from any sequence, as one
 * that is new.
 */
export class ProducerStateTable {
  readonly #producers = new Map<number, ProducerState>();
  readonly #maxProducers: number;

  constructor(options: { readonly maxProducers: number }) {
    this.#maxProducers = options.maxProducers;
  }

  /** How many producers are remembered. */
  get size(): number {
    return this.#producers.size;
  }

  /** Says what to do with a batch; changes nothing. */
  check(batch: SequencedBatch): ProducerVerdict {
    const state = this.#producers.get(batch.producerId);
    if (state === undefined) return append;
    if (batch.producerEpoch < state.epoch) {
      return {
        kind: 'refused',
        error: 'INVALID_PRODUCER_EPOCH',
        message: `producer ${batch.producerId} has epoch ${batch.producerEpoch}; the partition has seen ${state.epoch}`,
      };
    }
    if (batch.producerEpoch > state.epoch) {
      return batch.firstSequence === 0 ? append : outOfOrder(batch, 0);
    }
    for (const known of state.batches) {
      if (known.firstSequence === batch.firstSequence && known.lastSequence === batch.lastSequence) {
        const { firstOffset, lastOffset, timestampMs } = known;
        return { kind: 'duplicate', firstOffset, lastOffset, timestampMs };
      }
    }
    const last = state.batches.at(-1);
    assert(last !== undefined, 'a remembered producer has a batch');
    const expected = last.lastSequence === maxSequence ? 0 : last.lastSequence + 1;
    return batch.firstSequence === expected ? append : outOfOrder(batch, expected);
  }

  /**
   * Remembers a batch that was appended.
   *
   * @param nowMs - on a clock that never goes back, the same for all calls
   */
  record(batch: SequencedBatch, stored: StoredBatch, nowMs: number): void {
    const remembered: RememberedBatch = {
      firstSequence: batch.firstSequence,
      lastSequence: batch.lastSequence,
      firstOffset: stored.firstOffset,
      lastOffset: stored.lastOffset,
      timestampMs: stored.timestampMs,
    };
    const state = this.#producers.get(batch.producerId);
    if (state === undefined) {
      if (this.#producers.size >= this.#maxProducers) this.#forgetOldest();
      this.#producers.set(batch.producerId, { epoch: batch.producerEpoch, batches: [remembered], heardMs: nowMs });
      return;
    }
    state.heardMs = nowMs;
    // The map's order is the order of the last append: the first is the one silent longest.
    this.#producers.delete(batch.producerId);
    this.#producers.set(batch.producerId, state);
    if (state.epoch !== batch.producerEpoch) {
      state.epoch = batch.producerEpoch;
      state.batches = [remembered];
      return;
    }
    state.batches.push(remembered);
    if (state.batches.length > rememberedBatches) state.batches.shift();
  }

  /** Forgets the producers that were silent for longer than `expirationMs` (`producer.id.expiration.ms`). */
  expire(nowMs: number, expirationMs: number): void {
    for (const [producerId, { heardMs }] of this.#producers) {
      if (heardMs + expirationMs < nowMs) this.#producers.delete(producerId);
    }
  }

  /** The producers, silent longest first, with the batches remembered of each. */
  *entries(): Generator<DescribedProducer> {
    for (const [producerId, { epoch, batches }] of this.#producers) yield { producerId, epoch, batches };
  }

  /** Takes over what {@link entries} gave; their silence counts from now. */
  restore(entries: Iterable<DescribedProducer>, nowMs: number): void {
    this.#producers.clear();
    for (const { producerId, epoch, batches } of entries) {
      assert(
        batches.length >= 1 && batches.length <= rememberedBatches,
        () => `producer ${producerId} has ${batches.length} batches`,
      );
      this.#producers.set(producerId, { epoch, batches: [...batches], heardMs: nowMs });
    }
  }

  #forgetOldest(): void {
    const oldest = this.#producers.keys().next();
    if (!oldest.done) this.#producers.delete(oldest.value);
  }
}

/** A producer as the table holds it. */
export interface DescribedProducer {
  readonly producerId: number;
  readonly epoch: number;
  readonly batches: readonly (StoredBatch & { readonly firstSequence: number; readonly lastSequence: number })[];
}

function outOfOrder(batch: SequencedBatch, expected: number): ProducerVerdict {
  return {
    kind: 'refused',
    error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    message: `producer ${batch.producerId} sent sequence ${batch.firstSequence}; the partition expects ${expected}`,
  };
}
