/** One record of the offsets log, in the format of Kafka's `__consumer_offsets`. */
export interface OffsetsRecord {
  readonly key: Uint8Array;
  /** `null` deletes what has this key. */
  readonly value: Uint8Array | null;
}

/** A record that was read back. */
export interface StoredOffsetsRecord extends OffsetsRecord {
  /** Its offset in the partition. */
  readonly offset: number;
}

/** Some records that follow each other, as they were read. */
export interface OffsetsLogBatch {
  readonly records: readonly StoredOffsetsRecord[];
  /** What they take in the log, in bytes. */
  readonly sizeBytes: number;
}

/** Where an append ended up. */
export interface OffsetsAppend {
  /** The offset of its first record; the others follow without gaps. */
  readonly baseOffset: number;
  /** What it takes in the log, in bytes. */
  readonly sizeBytes: number;
}

/**
 * The log that a coordinator keeps its state in, one per coordinator partition: a partition of `__consumer_offsets`.
 *
 * The coordinator has at most one append under way per partition, and gives every append a deadline of its own.
 */
export interface OffsetsLog {
  /**
   * Appends all of the records or none, in order.
   *
   * Resolves when they are as durable as the broker's policy says. A rejection means that they may be there all the same;
   * one with the code `COORDINATOR_NOT_LEADER` is answered as NOT_COORDINATOR, any other as COORDINATOR_NOT_AVAILABLE.
   */
  append(partition: number, records: readonly OffsetsRecord[]): Promise<OffsetsAppend>;
  /** Reads the partition from its start to its end as of now. Bytes that were handed out are never changed afterwards. */
  load(partition: number): AsyncIterable<OffsetsLogBatch>;
  /** Lets go of what lies before `offset`, at once or later, in part or in whole. */
  trimBefore(partition: number, offset: number): Promise<void>;
}
