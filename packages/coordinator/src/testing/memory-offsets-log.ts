import type { OffsetsAppend, OffsetsLog, OffsetsLogBatch, OffsetsRecord, StoredOffsetsRecord } from '../offsets-log.ts';

/** Bytes that a record and an append take beside keys and values, about as in Kafka's format. */
const recordOverheadBytes = 12;
const batchOverheadBytes = 61;

/** One append, as it is kept. */
export interface MemoryOffsetsBatch extends OffsetsLogBatch {
  readonly baseOffset: number;
}

/** What a test may do to an append or a trim before it happens. */
export interface MemoryOffsetsLogOptions {
  /** Waited for before an append takes place; a rejection keeps it from taking place. */
  readonly beforeAppend?: (partition: number, records: readonly OffsetsRecord[]) => Promise<void> | void;
  /** Waited for after an append has taken place, before it is reported; a rejection leaves it in place. */
  readonly afterAppend?: (partition: number, records: readonly OffsetsRecord[]) => Promise<void> | void;
  /** The same before a trim. */
  readonly beforeTrim?: (partition: number, offset: number) => Promise<void> | void;
}

/** An {@link OffsetsLog} in memory, for tests and for brokers that keep nothing. */
export interface MemoryOffsetsLog extends OffsetsLog {
  /** What a partition holds now, oldest first. */
  batches(partition: number): readonly MemoryOffsetsBatch[];
  /** Bytes that a partition holds now. */
  sizeBytes(partition: number): number;
  /** Appends that took place, in all partitions, since it was made. */
  readonly appendCount: number;
  /** Another log with the same content, as a crash at this moment would leave it. */
  copy(options?: MemoryOffsetsLogOptions): MemoryOffsetsLog;
}

/** Makes a {@link MemoryOffsetsLog}. */
export function createMemoryOffsetsLog(options: MemoryOffsetsLogOptions = {}): MemoryOffsetsLog {
  return new BatchesInMemory(options, new Map());
}

interface PartitionInMemory {
  batches: MemoryOffsetsBatch[];
  endOffset: number;
}

class BatchesInMemory implements MemoryOffsetsLog {
  readonly #options: MemoryOffsetsLogOptions;
  readonly #partitions: Map<number, PartitionInMemory>;
  #appendCount = 0;

  constructor(options: MemoryOffsetsLogOptions, partitions: Map<number, PartitionInMemory>) {
    this.#options = options;
    this.#partitions = partitions;
  }

  get appendCount(): number {
    return this.#appendCount;
  }

  async append(partition: number, records: readonly OffsetsRecord[]): Promise<OffsetsAppend> {
    await this.#options.beforeAppend?.(partition, records);
    const log = this.#partition(partition);
    const baseOffset = log.endOffset;
    const stored = records.map((record, index): StoredOffsetsRecord => ({ ...record, offset: baseOffset + index }));
    const sizeBytes = batchBytes(records);
    log.batches.push({ baseOffset, records: stored, sizeBytes });
    log.endOffset += records.length;
    this.#appendCount++;
    await this.#options.afterAppend?.(partition, records);
    return { baseOffset, sizeBytes };
  }

  async *load(partition: number): AsyncGenerator<OffsetsLogBatch, void, undefined> {
    yield* [...this.#partition(partition).batches];
  }

  async trimBefore(partition: number, offset: number): Promise<void> {
    await this.#options.beforeTrim?.(partition, offset);
    const log = this.#partition(partition);
    log.batches = log.batches.filter((batch) => batch.baseOffset + batch.records.length > offset);
  }

  batches(partition: number): readonly MemoryOffsetsBatch[] {
    return this.#partition(partition).batches;
  }

  sizeBytes(partition: number): number {
    return this.batches(partition).reduce((sum, batch) => sum + batch.sizeBytes, 0);
  }

  copy(options: MemoryOffsetsLogOptions = {}): MemoryOffsetsLog {
    const copies = [...this.#partitions].map(([partition, { batches, endOffset }]): [number, PartitionInMemory] => [
      partition,
      { batches: [...batches], endOffset },
    ]);
    return new BatchesInMemory(options, new Map(copies));
  }

  #partition(partition: number): PartitionInMemory {
    let log = this.#partitions.get(partition);
    if (log === undefined) {
      log = { batches: [], endOffset: 0 };
      this.#partitions.set(partition, log);
    }
    return log;
  }
}

function batchBytes(records: readonly OffsetsRecord[]): number {
  let bytes = batchOverheadBytes;
  for (const { key, value } of records) bytes += recordOverheadBytes + key.length + (value?.length ?? 0);
  return bytes;
}
