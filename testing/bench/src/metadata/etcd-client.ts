import { Client, credentials, type deserialize, type serialize } from '@grpc/grpc-js';

/*
 * The two calls of etcd that are needed, by its published rpc.proto: `KV.Put` and `Maintenance.Status`.
 */

const asBuffer: serialize<Uint8Array> = (message) =>
  Buffer.from(message.buffer, message.byteOffset, message.byteLength);
const asMessage: deserialize<Uint8Array> = (bytes) => bytes;
const putPath = '/etcdserverpb.KV/Put';
const statusPath = '/etcdserverpb.Maintenance/Status';

/** A member as it tells of itself. Its ids have 64 bits. */
export interface EtcdStatus {
  readonly memberId: bigint;
  /** 0: nobody. */
  readonly leaderId: bigint;
}

/** A connection with one member. */
export interface EtcdClient {
  /** Resolves when the member has applied the put. */
  put(request: Uint8Array): Promise<void>;
  status(): Promise<EtcdStatus>;
  close(): void;
}

export function connectEtcd(port: number): EtcdClient {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = (path: string, request: Uint8Array): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, asBuffer, asMessage, request, (error, answer) => {
        if (error !== null) reject(error);
        else resolve(answer ?? new Uint8Array(0));
      });
    });
  return {
    async put(request) {
      await call(putPath, request);
    },
    async status() {
      const response = readFields(await call(statusPath, new Uint8Array(0)));
      const header = readFields(response.bytes.get(1) ?? new Uint8Array(0));
      return { memberId: header.varints.get(2) ?? 0n, leaderId: response.varints.get(4) ?? 0n };
    },
    close: () => client.close(),
  };
}

/** A `PutRequest` of exactly `size` bytes. */
export function putRequest(key: string, size: number): Uint8Array {
  const head = lengthDelimited(1, Buffer.from(key));
  // A field of 128 to 16,383 bytes has a tag of one byte and a length of two.
  const valueBytes = size - head.length - 3;
  if (valueBytes < 128) throw new Error(`a put of ${size} bytes leaves ${valueBytes} to its value; needed are 128`);
  return Buffer.concat([head, lengthDelimited(2, Buffer.alloc(valueBytes, 'v'))]);
}

function lengthDelimited(field: number, bytes: Uint8Array): Buffer {
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >>> 7];
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes]);
}

interface Fields {
  readonly varints: ReadonlyMap<number, bigint>;
  readonly bytes: ReadonlyMap<number, Uint8Array>;
}

/** The fields of a protobuf message that has varints and byte strings only. */
function readFields(message: Uint8Array): Fields {
  const varints = new Map<number, bigint>();
  const bytes = new Map<number, Uint8Array>();
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[position++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = Number(varint());
    if ((tag & 7) === 0) {
      varints.set(tag >>> 3, varint());
    } else {
      const length = Number(varint());
      bytes.set(tag >>> 3, message.subarray(position, position + length));
      position += length;
    }
  }
  return { varints, bytes };
}
