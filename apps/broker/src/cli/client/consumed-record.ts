/** A record as it came from a cluster. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: bigint;
  /** Undefined or null: none. */
  readonly key: Buffer | undefined | null;
  readonly value: Buffer | undefined | null;
  readonly headers: readonly (readonly [Buffer | undefined | null, Buffer | undefined | null])[];
}

/** Where records come from. */
export interface RecordSource {
  /** The next records, in order within each partition; undefined when there are no more. */
  next(): Promise<readonly ConsumedRecord[] | undefined>;
  /** These were written out: a group may go on behind them. */
  done(records: readonly ConsumedRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** The value alone and a line end, as bytes. */
export function formatValueLine(record: ConsumedRecord): Buffer {
  return Buffer.concat([record.value ?? Buffer.alloc(0), Buffer.from('\n')]);
}

/** Everything in one line of JSON. Bytes that are no UTF-8 become `{"base64": …}`. */
export function formatJsonLine(record: ConsumedRecord): Buffer {
  const object = {
    topic: record.topic,
    partition: record.partition,
    offset: Number(record.offset),
    timestamp: Number(record.timestamp),
    key: toJsonText(record.key),
    value: toJsonText(record.value),
    headers: record.headers.map(([key, value]) => ({ key: toJsonText(key), value: toJsonText(value) })),
  };
  return Buffer.from(`${JSON.stringify(object)}\n`);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function toJsonText(bytes: Buffer | undefined | null): string | { readonly base64: string } | null {
  if (bytes === undefined || bytes === null) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: bytes.toString('base64') };
  }
}
