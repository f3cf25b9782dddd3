import { connect, type Socket } from 'node:net';

/** What the hello of a raw peer says; the rest is as a well-behaved one would say it. */
export interface RawHello {
  readonly clusterId?: string;
  readonly nodeId: number;
  readonly meantNodeId: number;
  readonly incarnation?: number;
  readonly channelNames?: readonly string[];
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

const text = (value: string): Buffer => Buffer.concat([Buffer.of(Buffer.byteLength(value)), Buffer.from(value)]);

const handshake = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from('SBTP'), Buffer.of(type, body.length >>> 8, body.length & 0xff), body]);

/** A hello as PROTOCOL.md has it. */
export function helloBytes({ clusterId = 'test', nodeId, meantNodeId, incarnation = 1, channelNames = [] }: RawHello) {
  const instance = Buffer.from('instance');
  const ids = [u64(nodeId), u64(meantNodeId), u64(incarnation), instance];
  const limits = [u32(0), u32(10 * 1024 * 1024), u32(60_000)];
  const names = [Buffer.of(channelNames.length), ...channelNames.map(text)];
  return handshake(1, Buffer.concat([Buffer.of(1, 1), text(clusterId), ...ids, ...limits, ...names]));
}

/** A refusal. @param code - the place of its reason, from 1 on */
export function refusalBytes(code: number, detail: string): Buffer {
  return handshake(2, Buffer.concat([Buffer.of(code), text(detail)]));
}

/** A frame. */
export function frameBytes(kind: number, channel: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  return Buffer.concat([Buffer.of(kind, channel, length >>> 16, (length >>> 8) & 0xff, length & 0xff), payload]);
}

/** A ping. */
export function pingBytes(token: number): Buffer {
  return frameBytes(4, 0, u64(token));
}

/** The first chunk of a message of so many bytes, with so many of them. */
export function firstChunkBytes(channel: number, messageBytes: number, chunkBytes: number): Buffer {
  return frameBytes(2, channel, Buffer.concat([u32(messageBytes), Buffer.alloc(chunkBytes)]));
}

/** A socket that says whatever it likes to a transport. */
export interface RawPeer extends Disposable {
  send(bytes: Uint8Array): void;
  /** Resolves with the next bytes. */
  untilData(): Promise<Buffer>;
  /** Resolves when the other side has ended the connection; this one never does before. */
  readonly ended: Promise<void>;
}

/** Dials; what comes is read. */
export function dialRaw(port: number): Promise<RawPeer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    let wake: ((bytes: Buffer) => void) | undefined;
    const ended = new Promise<void>((end) => {
      socket.once('end', () => end());
      socket.once('close', () => end());
    });
    socket.on('data', (bytes) => wake?.(bytes));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve({
        send: (bytes) => void socket.write(bytes),
        untilData: () =>
          new Promise((tell) => {
            wake = tell;
          }),
        ended,
        [Symbol.dispose]: () => void socket.destroy(),
      });
    });
  });
}
