import type { Compression } from '@streambus/kafka';
import type { Log, LogRead } from '@streambus/log';
import type { Logger } from '@streambus/runtime';
import { PartitionError, partitionErrorOf } from './errors.ts';
import type { PartitionRead, TimestampedOffset } from './partition.ts';
import { findLatest, findTimestamp } from './timestamps.ts';

/** What to read of a log. */
export interface ReadWish {
  readonly fromOffset: number;
  /** Only batches that end at or before it. */
  readonly endOffset: number;
  readonly maxBytes: number;
  readonly minOneBatch: boolean;
}

const nothing: PartitionRead = { chunks: [], sizeBytes: 0 };

/** Reads a partition's log for others, and remembers what damage it met. */
export class PartitionReader {
  readonly #name: string;
  readonly #log: Log;
  readonly #logger: Logger;
  readonly #compression: Compression;
  #damage: PartitionError | undefined;

  constructor(
    name: string,
    log: Log,
    { logger, compression }: { readonly logger: Logger; readonly compression: Compression },
  ) {
    this.#name = name;
    this.#log = log;
    this.#logger = logger;
    this.#compression = compression;
  }

  get damage(): PartitionError | undefined {
    return this.#damage;
  }

  /** At once where memory has it. @throws PartitionError */
  read({ fromOffset, endOffset, maxBytes, minOneBatch }: ReadWish): PartitionRead | Promise<PartitionRead> {
    if (fromOffset >= endOffset) return nothing;
    // What comes from the disk is checked: a rotten bit must not leave as somebody's record, nor go to a follower.
    const wanted = { fromOffset, maxBytes, endOffset, minOneFrame: minOneBatch, verify: true };
    try {
      return this.#log.readTail(wanted) ?? this.#readFromDisk(wanted);
    } catch (thrown) {
      throw partitionErrorOf(this.#name, thrown);
    }
  }

  async offsetForTimestamp(timestampMs: number, endOffset: number): Promise<TimestampedOffset | undefined> {
    try {
      return await findTimestamp(this.#log, this.#compression, timestampMs, endOffset);
    } catch (thrown) {
      throw partitionErrorOf(this.#name, thrown);
    }
  }

  async latestTimestamp(endOffset: number): Promise<TimestampedOffset | undefined> {
    try {
      return await findLatest(this.#log, this.#compression, endOffset);
    } catch (thrown) {
      throw partitionErrorOf(this.#name, thrown);
    }
  }

  async #readFromDisk(request: Parameters<Log['read']>[0]): Promise<LogRead> {
    try {
      return await this.#log.read(request);
    } catch (thrown) {
      const error = partitionErrorOf(this.#name, thrown);
      if (error instanceof PartitionError && error.code === 'PARTITION_DAMAGED') this.#noteDamage(error);
      throw error;
    }
  }

  /** A client that wants these records asks again and again: one line says it. */
  #noteDamage(error: PartitionError): void {
    if (this.#damage?.message === error.message) return;
    this.#damage = error;
    this.#logger.error({ err: error }, 'stored records are damaged: they cannot be read; nothing was changed');
  }
}
