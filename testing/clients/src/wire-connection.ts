import { connect, type Socket } from 'node:net';
import {
  type Api,
  createFrameCutter,
  decodeResponse,
  decodeResponseHeader,
  encodeRequest,
  type RequestInputOf,
  type ResponseOf,
} from '@streambus/kafka';

/** A connection to a broker that is used as the protocol says and no further: requests go out at once, answers come in order. */
export interface WireConnection extends Disposable {
  /** @throws Error when the connection ends first */
  call<A extends Api>(api: A, version: number, request: RequestInputOf<A>): Promise<ResponseOf<A>>;
}

interface Waiting {
  take(frame: Uint8Array): void;
  fail(error: Error): void;
}

/** Connects to a broker on this machine. @throws Error when nobody listens */
export async function openWireConnection(port: number): Promise<WireConnection> {
  const socket = await connectTo(port);
  const cutter = createFrameCutter();
  const waiting: Waiting[] = [];
  let lastCorrelationId = 0;
  let ended: Error | undefined;
  const end = (error: Error): void => {
    ended ??= error;
    for (const one of waiting.splice(0)) one.fail(error);
  };
  socket.on('error', end);
  socket.on('close', () => end(new Error('the broker closed the connection')));
  socket.on('data', (chunk: Buffer) => {
    for (const frame of cutter.push(chunk)) waiting.shift()?.take(frame);
  });
  return {
    call(api, version, request) {
      const correlationId = ++lastCorrelationId;
      const answer = Promise.withResolvers<ResponseOf<typeof api>>();
      if (ended !== undefined) return Promise.reject(ended);
      waiting.push({
        fail: answer.reject,
        take(frame) {
          const header = decodeResponseHeader(api, version, frame);
          if (header.correlationId === correlationId) {
            answer.resolve(decodeResponse(api, version, frame, header.bodyStart));
          } else {
            answer.reject(new Error(`answer ${header.correlationId} came for request ${correlationId}`));
          }
        },
      });
      socket.write(Buffer.concat(encodeRequest(api, version, { correlationId, clientId: 'wire' }, request)));
      // Whoever has several under way looks at the first that failed.
      answer.promise.catch(() => {});
      return answer.promise;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function connectTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket.off('error', reject)));
  });
}

/** Connects again and again, as clients do while a broker is away. */
export async function reopenWireConnection(port: number, deadlineMs = 60_000): Promise<WireConnection> {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await openWireConnection(port);
    } catch (thrown) {
      if (performance.now() > giveUpAt) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Runs something on a connection of its own. */
export async function withWireConnection<T>(port: number, run: (connection: WireConnection) => Promise<T>): Promise<T> {
  using connection = await openWireConnection(port);
  return await run(connection);
}
