import { connect, type Socket } from 'node:net';
import {
  type Api,
  createFrameCutter,
  decodeResponse,
  decodeResponseHeader,
  encodeRequest,
  type RequestInputOf,
  type ResponseOf,
  versionsOf,
} from '@streambus/kafka';

/** A client that knows the protocol and nothing else: what it sends is what it is told to, and it hides no answer. */
export interface ProtocolClient extends AsyncDisposable {
  /** Sends a request and resolves with its answer; rejects when the broker ends the connection first. */
  call<A extends Api>(api: A, version: number, body: RequestInputOf<A>): Promise<ResponseOf<A>>;
  /** Sends a request that is not answered. */
  tell<A extends Api>(api: A, version: number, body: RequestInputOf<A>): void;
  /** Sends bytes as they are; a frame's length goes before it. */
  write(bytes: Uint8Array): void;
  /** The next frame that answers no {@link call}, without its length. */
  nextFrame(): Promise<Uint8Array>;
  /** Resolves when the connection is over. */
  readonly ended: Promise<void>;
}

interface Waiting {
  readonly answer: (frame: Uint8Array) => void;
  readonly fail: (error: Error) => void;
}

/** Connects to where a broker listens. */
export async function connectClient(bootstrap: string): Promise<ProtocolClient> {
  const [host, port] = bootstrap.split(':');
  const socket = connect({ host: host ?? '', port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return clientOn(socket);
}

function clientOn(socket: Socket): ProtocolClient {
  const calls = new Map<number, Waiting>();
  const frames: Uint8Array[] = [];
  const readers: Waiting[] = [];
  const cutter = createFrameCutter();
  let correlationId = 0;
  let isOver = false;

  socket.on('data', (chunk: Buffer) => {
    for (const frame of cutter.push(chunk)) {
      const id = Buffer.from(frame.buffer, frame.byteOffset, frame.length).readInt32BE(0);
      const call = calls.get(id);
      if (call !== undefined) {
        calls.delete(id);
        call.answer(frame);
      } else {
        const reader = readers.shift();
        if (reader === undefined) frames.push(frame);
        else reader.answer(frame);
      }
    }
  });
  const ended = new Promise<void>((resolve) => {
    // A reset is an end as good as another here.
    socket.on('error', () => {});
    socket.once('close', () => {
      isOver = true;
      const error = new Error('the broker ended the connection');
      for (const { fail } of [...calls.values(), ...readers]) fail(error);
      resolve();
    });
  });
  const frame = (register: (waiting: Waiting) => void): Promise<Uint8Array> =>
    new Promise((answer, fail) => {
      if (isOver) fail(new Error('the connection is over'));
      else register({ answer, fail });
    });

  return {
    ended,
    async call(api, version, body) {
      const id = ++correlationId;
      const sent = encodeRequest(api, version, { correlationId: id, clientId: 'protocol-test' }, body);
      const answered = frame((waiting) => calls.set(id, waiting));
      socket.write(Buffer.concat(sent));
      const bytes = await answered;
      return decodeResponse(api, version, bytes, decodeResponseHeader(api, version, bytes).bodyStart);
    },
    tell(api, version, body) {
      const header = { correlationId: ++correlationId, clientId: 'protocol-test' };
      socket.write(Buffer.concat(encodeRequest(api, version, header, body)));
    },
    write: (bytes) => void socket.write(bytes),
    nextFrame: () => {
      const first = frames.shift();
      return first === undefined ? frame((waiting) => readers.push(waiting)) : Promise.resolve(first);
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await ended;
    },
  };
}

/** The versions of an API that a broker serves, from the lowest, or from `from`, to the highest, or to `to`. */
export function servedVersions(api: Api, from = 0, to = Number.POSITIVE_INFINITY): number[] {
  const { minServedVersion, maxServedVersion } = versionsOf(api);
  const [first, last] = [Math.max(minServedVersion, from), Math.min(maxServedVersion, to)];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
