import type { Codec, TestRecord } from './dataset.ts';

/** A Kafka client as a test uses it. */
export interface Client {
  readonly name: string;
  /** What it can compress by and open. */
  readonly codecs: readonly Codec[];
  /** Whether it can give each record its own timestamp. */
  readonly setsTimestamps: boolean;
  /** Writes all records to partition 0, in order, and resolves when they are acknowledged. */
  write(bootstrap: string, topic: string, codec: Codec, records: readonly TestRecord[]): Promise<void>;
  /** Reads so many records from the beginning of partition 0. */
  read(bootstrap: string, topic: string, count: number): Promise<TestRecord[]>;
}

/** Cuts a list into pieces. */
export function* pieces<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
