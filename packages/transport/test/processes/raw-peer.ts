import { once } from 'node:events';
import * as net from 'node:net';
import type { SocketAddress } from '@streambus/runtime';
import { peerDownReasons, refusalReasons } from '@streambus/transport';
import { eventually } from './deadline.ts';

/*
 * The protocol written down a second time, from PROTOCOL.md, so that tests can say what no transport says.
 */

/** A hello as a test wants it. */
export interface RawHello {
  readonly versions?: readonly [number, number];
  readonly clusterId?: string;
  readonly nodeId: number;
  readonly meantNodeId: number;
  readonly incarnation?: number;
  readonly instance?: string;
  readonly maxMessageBytes?: number;
  readonly idleTimeoutMs?: number;
  readonly channels?: readonly string[];
}

/** What came, as far as it is understood here. */
export type RawMessage =
  | { readonly type: 'hello'; readonly body: Buffer }
  | { readonly type: 'refusal'; readonly reason: string | undefined; readonly detail: string }
  | { readonly type: 'frame'; readonly kind: number; readonly channel: number; readonly payload: Buffer };

const magic = Buffer.from('SBTP', 'latin1');
const handshakeHeaderBytes = 7;
const frameHeaderBytes = 5;
const helloType = 1;
const refusalType = 2;
const firstChunkKind = 2;
const pingKind = 4;
const goodbyeKind = 7;

/** Gives a hello as bytes. */
export function rawHello(hello: RawHello): Buffer {
  const channels = hello.channels ?? ['work'];
  return handshake(helloType, [
    Buffer.from(hello.versions ?? [1, 1]),
    text(hello.clusterId ?? 'processes'),
    counter(hello.nodeId),
    counter(hello.meantNodeId),
    counter(hello.incarnation ?? 1),
    Buffer.from(hello.instance ?? 'instance', 'latin1'),
    uint32(0),
    uint32(hello.maxMessageBytes ?? 10 * 1024 * 1024),
    uint32(hello.idleTimeoutMs ?? 60_000),
    Buffer.of(channels.length),
    ...channels.map(text),
  ]);
}

/** A hello of a version to come: of what follows the two versions nothing is known. */
export function foreignHello(lowest: number, highest: number): Buffer {
  return handshake(helloType, [Buffer.of(lowest, highest), Buffer.from('whatever a later version says')]);
}

/** Gives a refusal as bytes. */
export function rawRefusal(reason: (typeof refusalReasons)[number], detail: string): Buffer {
  return handshake(refusalType, [Buffer.of(refusalReasons.indexOf(reason) + 1), text(detail)]);
}

/** A ping: the first frame, by which the acceptor knows that its hello has arrived. */
export function rawPing(): Buffer {
  return Buffer.concat([frameHeader(pingKind, 8), counter(1)]);
}

/** The header of a first chunk and the length that it announces, with no byte of the message. */
export function announcedMessage(messageBytes: number, chunkBytes: number): Buffer {
  return Buffer.concat([frameHeader(firstChunkKind, 4 + chunkBytes), uint32(messageBytes)]);
}

/** A bare socket that speaks for itself. */
export class RawPeer implements Disposable {
  readonly socket: net.Socket;
  readonly messages: RawMessage[] = [];
  #unread: Buffer = Buffer.alloc(0);
  #isClosed = false;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
    });
    socket.on('data', (chunk) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      for (let message = this.#take(); message !== undefined; message = this.#take()) this.messages.push(message);
    });
  }

  static async connect(address: SocketAddress): Promise<RawPeer> {
    const socket = net.connect(address);
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  send(...pieces: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(pieces));
  }

  /** Waits for a message; what came before counts. */
  async message<Type extends RawMessage['type']>(type: Type): Promise<Extract<RawMessage, { readonly type: Type }>> {
    const isIt = (message: RawMessage): message is Extract<RawMessage, { readonly type: Type }> =>
      message.type === type;
    const found = await eventually(
      () => this.messages.find(isIt),
      (message) => message !== undefined,
    );
    if (found === undefined) throw new Error(`no ${type} came`);
    return found;
  }

  /** Waits until the other side has closed the connection. @returns the reason of its goodbye, if it said one */
  async closed(): Promise<string | undefined> {
    await eventually(
      () => this.#isClosed,
      (isClosed) => isClosed,
    );
    const goodbye = this.messages.find((message) => message.type === 'frame' && message.kind === goodbyeKind);
    if (goodbye?.type !== 'frame') return undefined;
    return peerDownReasons[(goodbye.payload[0] ?? 0) - 1];
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(): RawMessage | undefined {
    if (this.#unread.subarray(0, magic.length).equals(magic)) {
      if (this.#unread.length < handshakeHeaderBytes) return undefined;
      const body = this.#cut(handshakeHeaderBytes, this.#unread.readUInt16BE(5));
      if (body === undefined) return undefined;
      if (body.header[4] === helloType) return { type: 'hello', body: body.payload };
      const reason = refusalReasons[(body.payload[0] ?? 0) - 1];
      return { type: 'refusal', reason, detail: body.payload.toString('utf8', 2) };
    }
    if (this.#unread.length < frameHeaderBytes) return undefined;
    const frame = this.#cut(frameHeaderBytes, this.#unread.readUIntBE(2, 3));
    if (frame === undefined) return undefined;
    const [kind = 0, channel = 0] = frame.header;
    return { type: 'frame', kind, channel, payload: frame.payload };
  }

  #cut(headerBytes: number, length: number): { readonly header: Buffer; readonly payload: Buffer } | undefined {
    if (this.#unread.length < headerBytes + length) return undefined;
    const header = this.#unread.subarray(0, headerBytes);
    const payload = this.#unread.subarray(headerBytes, headerBytes + length);
    this.#unread = this.#unread.subarray(headerBytes + length);
    return { header, payload };
  }
}

/** Listens, and hands out who comes as bare sockets. */
export class RawAcceptor implements AsyncDisposable {
  readonly #server: net.Server;
  readonly peers: RawPeer[] = [];

  private constructor(server: net.Server, onPeer: (peer: RawPeer) => void) {
    this.#server = server;
    server.on('connection', (socket) => {
      const peer = new RawPeer(socket);
      this.peers.push(peer);
      onPeer(peer);
    });
  }

  static async listen(address: SocketAddress, onPeer: (peer: RawPeer) => void = () => {}): Promise<RawAcceptor> {
    const server = net.createServer();
    const acceptor = new RawAcceptor(server, onPeer);
    server.listen(address);
    await once(server, 'listening');
    return acceptor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function handshake(type: number, fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([magic, Buffer.of(type), uint16(body.length), body]);
}

function frameHeader(kind: number, payloadBytes: number): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt8(kind, 0);
  header.writeUIntBE(payloadBytes, 2, 3);
  return header;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function counter(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
