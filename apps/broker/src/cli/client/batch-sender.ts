/** A record on its way out. */
export interface OutgoingRecord {
  readonly key?: Buffer;
  readonly value: Buffer;
  readonly partition?: number;
  readonly headers?: Map<Buffer, Buffer>;
}

/** Sends records in order, as many at once as have gathered while the last ones were on their way. */
export interface BatchSender {
  /** Resolves when there is room for more. @throws what the sending threw */
  add(record: OutgoingRecord): Promise<void>;
  /** Resolves when all are sent. @throws what the sending threw */
  finish(): Promise<void>;
}

/** A batch stays below the megabyte that brokers allow by default, whatever partitions its records go to. */
const maxBatchBytes = 512 * 1024;
const maxWaitingBytes = 4 * 1024 * 1024;
/** What a record costs beside its key and value. */
const recordOverheadBytes = 32;

/** @param onSent - hears how many records and bytes were acknowledged */
export function createBatchSender(
  send: (records: readonly OutgoingRecord[]) => Promise<void>,
  onSent: (records: number, bytes: number) => void,
): BatchSender {
  const waiting: OutgoingRecord[] = [];
  let waitingBytes = 0;
  let sending: Promise<void> | undefined;
  let failure: { readonly thrown: unknown } | undefined;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0 && failure === undefined) {
      const batch = takeBatch(waiting);
      try {
        await send(batch.records);
        waitingBytes -= batch.bytes;
        onSent(batch.records.length, batch.bytes);
      } catch (thrown) {
        failure = { thrown };
      }
    }
    sending = undefined;
  };

  const check = (): void => {
    if (failure !== undefined) throw failure.thrown;
  };

  return {
    async add(record) {
      check();
      waiting.push(record);
      waitingBytes += bytesOf(record);
      sending ??= drain();
      if (waitingBytes >= maxWaitingBytes) await sending;
      check();
    },
    async finish() {
      await sending;
      check();
    },
  };
}

function takeBatch(waiting: OutgoingRecord[]): { readonly records: readonly OutgoingRecord[]; readonly bytes: number } {
  let bytes = 0;
  let count = 0;
  for (const record of waiting) {
    if (count > 0 && bytes + bytesOf(record) > maxBatchBytes) break;
    bytes += bytesOf(record);
    count += 1;
  }
  return { records: waiting.splice(0, count), bytes };
}

function bytesOf(record: OutgoingRecord): number {
  return recordOverheadBytes + (record.key?.length ?? 0) + record.value.length;
}
