import { connect, type Socket } from 'node:net';
import {
  type Api,
  apis,
  createFrameCutter,
  decodeResponse,
  decodeResponseHeader,
  encodeRecordBatch,
  encodeRequest,
  type RequestInputOf,
  type ResponseOf,
} from '@streambus/kafka';
import type { Shape } from './plan.ts';

/** The versions that the raw client speaks: what librdkafka 2 speaks. */
export const produceVersion = 9;
export const fetchVersion = 11;

/** Connects to a port of this machine. */
export function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket.off('error', reject)));
  });
}

/** One request on a connection of its own. */
export async function callBroker<A extends Api>(
  port: number,
  api: A,
  version: number,
  request: RequestInputOf<A>,
): Promise<ResponseOf<A>> {
  const socket = await connectTo(port);
  const cutter = createFrameCutter();
  try {
    return await new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error(`the broker closed the connection on ${api.name}`)));
      socket.on('data', (chunk) => {
        const [frame] = cutter.push(chunk);
        if (frame === undefined) return;
        resolve(decodeResponse(api, version, frame, decodeResponseHeader(api, version, frame).bodyStart));
      });
      socket.write(requestFrame(api, version, request));
    });
  } finally {
    socket.destroy();
  }
}

/** A request as it is sent. */
export function requestFrame<A extends Api>(api: A, version: number, request: RequestInputOf<A>): Buffer {
  return Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'bench' }, request));
}

/** Makes a topic with one partition. */
export async function createTopic(port: number, name: string): Promise<void> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await callBroker(port, apis.createTopics, 5, { topics: [topic] });
  const errorCode = topics[0]?.errorCode ?? -1;
  if (errorCode !== 0) throw new Error(`topic ${name} cannot be created: error ${errorCode}`);
}

/** Removes a topic, and its bytes from the disk. */
export async function deleteTopic(port: number, name: string): Promise<void> {
  await callBroker(port, apis.deleteTopics, 4, { topicNames: [name], timeoutMs: 10_000 });
}

/** The record batch of a shape. */
export function batchOf({ recordBytes, recordsPerBatch }: Shape): Uint8Array {
  const records = Array.from({ length: recordsPerBatch }, (_, index) => ({
    value: Buffer.alloc(recordBytes, `record ${index} `),
  }));
  return encodeRecordBatch(records, { timestamp: Date.now() });
}

/** The Produce request of a shape: the same bytes each time it is sent. */
export function produceFrame(topic: string, shape: Shape): Buffer {
  const partitionData = [{ index: 0, records: batchOf(shape) }];
  return requestFrame(apis.produce, produceVersion, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData }],
  });
}

/** The answer to a Produce request, and where its records went. */
export function producedAt(frame: Uint8Array): number {
  const { bodyStart } = decodeResponseHeader(apis.produce, produceVersion, frame);
  const { responses } = decodeResponse(apis.produce, produceVersion, frame, bodyStart);
  const answer = responses[0]?.partitionResponses[0];
  if (answer?.errorCode !== 0) throw new Error(`a Produce request was refused: error ${answer?.errorCode}`);
  return answer.baseOffset;
}
