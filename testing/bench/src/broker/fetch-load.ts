import type { Socket } from 'node:net';
import { apis, encodeResponse, type FetchRequestInput } from '@streambus/kafka';
import { connectTo, fetchVersion, requestFrame } from './kafka-call.ts';

/** What each Fetch asks for: the default of librdkafka and kafkajs for one partition. */
export const fetchBytes: number = 1024 * 1024;

/** What is read, over and over. */
export interface FetchedTopic {
  readonly topic: string;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly recordsPerBatch: number;
  readonly batchBytes: number;
}

/** Told how many bytes the last answer has without its length, gives the next request; undefined: it is the first. */
type Reader = (answerBytes: number | undefined) => Buffer;

/** Reads from a broker with some connections, each going through all of it, for a while. @returns bytes per second */
export function runFetchLoad(
  port: number,
  fetched: FetchedTopic,
  connections: number,
  windowMs: number,
): Promise<number> {
  const { startOffset, endOffset, recordsPerBatch, batchBytes } = fetched;
  const headBytes = fetchHeadBytes(fetched.topic);
  return runReaders(port, connections, windowMs, (index) => {
    const batches = Math.floor(((endOffset - startOffset) * index) / connections / recordsPerBatch);
    // Each begins elsewhere, so that no two ask for the same bytes.
    let offset = startOffset + batches * recordsPerBatch;
    return (answerBytes) => {
      if (answerBytes !== undefined) {
        const count = (answerBytes - headBytes) / batchBytes;
        if (!Number.isInteger(count) || count < 1)
          throw new Error(`a Fetch at ${offset} was answered by ${answerBytes} bytes`);
        offset += count * recordsPerBatch;
        if (offset >= endOffset) offset = startOffset;
      }
      return fetchFrame(fetched.topic, offset);
    };
  });
}

/** The same from the bare server, which knows itself where each connection is. @returns bytes per second */
export function runBareFetchLoad(port: number, topic: string, connections: number, windowMs: number): Promise<number> {
  return runReaders(port, connections, windowMs, () => () => fetchFrame(topic, 0));
}

/** The bytes of an answer, without its length, that are no records. */
export function fetchHeadBytes(topic: string): number {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 0, abortedTransactions: null, records: [] };
  const chunks = encodeResponse(apis.fetch, fetchVersion, 1, { responses: [{ topic, partitions: [partition] }] });
  return chunks.reduce((sum, { length }) => sum + length, -4);
}

function fetchFrame(topic: string, fetchOffset: number): Buffer {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: fetchBytes }];
  const request: FetchRequestInput = {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topic, partitions }],
    forgottenTopicsData: [],
  };
  return requestFrame(apis.fetch, fetchVersion, request);
}

async function runReaders(
  port: number,
  connections: number,
  windowMs: number,
  readerOf: (index: number) => Reader,
): Promise<number> {
  let bytes = 0;
  const failed = Promise.withResolvers<never>();
  const sockets = await Promise.all(Array.from({ length: connections }, () => connectTo(port)));
  const startedMs = performance.now();
  for (const [index, socket] of sockets.entries()) {
    socket.on('error', failed.reject);
    socket.on('close', () => failed.reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    readWith(socket, readerOf(index), failed.reject);
  }
  await Promise.race([new Promise<void>((resolve) => setTimeout(resolve, windowMs)), failed.promise]);
  const seconds = (performance.now() - startedMs) / 1000;
  failed.promise.catch(() => {});
  for (const socket of sockets) socket.destroy();
  return bytes / seconds;
}

/** Asks again with each answer. Answers are not assembled: only their lengths are read. */
function readWith(socket: Socket, next: Reader, onError: (error: unknown) => void): void {
  const prefix = Buffer.alloc(4);
  let prefixBytes = 0;
  let length = 0;
  let left = 0;
  const take = (chunk: Buffer): void => {
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const copied = chunk.copy(prefix, prefixBytes, at, at + 4 - prefixBytes);
        at += copied;
        prefixBytes += copied;
        if (prefixBytes < 4) return;
        prefixBytes = 0;
        length = prefix.readInt32BE(0);
        left = length;
      }
      const taken = Math.min(left, chunk.length - at);
      at += taken;
      left -= taken;
      if (left === 0) socket.write(next(length));
    }
  };
  socket.on('data', (chunk) => {
    try {
      take(chunk);
    } catch (error) {
      onError(error);
    }
  });
  socket.write(next(undefined));
}
