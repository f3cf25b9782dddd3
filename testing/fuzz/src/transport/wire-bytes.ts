/** The transport's protocol, written down once more from PROTOCOL.md: so that a fault in the product's own encoder is not shared. */
export const magic: Buffer = Buffer.from('SBTP');

export const maxChunkBytes = 65_536;
export const maxHandshakeBodyBytes = 8192;

export const kinds = { message: 1, firstChunk: 2, nextChunk: 3, ping: 4, pong: 5, acknowledge: 6, goodbye: 7 } as const;

/** What a hello says. Everything may be wrong. */
export interface HelloFields {
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly clusterId: string | Buffer;
  readonly nodeId: number | bigint;
  readonly meantNodeId: number | bigint;
  readonly incarnation: number | bigint;
  /** 8 bytes. */
  readonly instance: Buffer;
  readonly features: number;
  readonly maxMessageBytes: number;
  readonly idleTimeoutMs: number;
  readonly channelNames: readonly (string | Buffer)[];
  /** As it is written, whatever follows. Default: how many names there are. */
  readonly channelCount?: number;
}

export function encodeHello(fields: HelloFields): Buffer {
  const { channelNames, channelCount = channelNames.length } = fields;
  return encodeHandshake(
    1,
    Buffer.concat([
      Buffer.of(fields.minVersion, fields.maxVersion),
      text(fields.clusterId),
      uint64(fields.nodeId),
      uint64(fields.meantNodeId),
      uint64(fields.incarnation),
      fields.instance,
      uint32(fields.features),
      uint32(fields.maxMessageBytes),
      uint32(fields.idleTimeoutMs),
      Buffer.of(channelCount),
      ...channelNames.map(text),
    ]),
  );
}

export function encodeRefusal(code: number, detail: string | Buffer): Buffer {
  return encodeHandshake(2, Buffer.concat([Buffer.of(code), text(detail)]));
}

/** @param length - as it is written; default: that of the body */
export function encodeHandshake(type: number, body: Buffer, length: number = body.length): Buffer {
  return Buffer.concat([magic, Buffer.of(type, length >>> 8, length), body]);
}

/** @param length - as it is written; default: that of the payload */
export function encodeFrame(kind: number, channel: number, payload: Uint8Array, length = payload.length): Buffer {
  return Buffer.concat([Buffer.of(kind, channel, length >>> 16, length >>> 8, length), payload]);
}

export function encodeFirstChunk(channel: number, messageBytes: number, chunk: Uint8Array): Buffer {
  return encodeFrame(kinds.firstChunk, channel, Buffer.concat([uint32(messageBytes), chunk]));
}

/** Of the kinds whose payload is a counter. */
export function encodeCounter(kind: number, value: number | bigint): Buffer {
  return encodeFrame(kind, 0, uint64(value));
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function uint64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(bytes.length), bytes.subarray(0, 255)]);
}
