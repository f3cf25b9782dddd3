/**
 * What a client wants of a register.
 *
 * - `read`: what it holds, as an entry of the log.
 * - `write`: that it holds another value.
 * - `compareAndSet`: the same, where it holds what is expected.
 */
export interface RegisterCommand {
  readonly type: 'read' | 'write' | 'compareAndSet';
  /** Names this operation among all of a run; also what it writes. Not 0. */
  readonly operation: number;
  readonly key: number;
  /** 0 = nothing was written yet. */
  readonly expected: number;
  /** So many bytes go with it, and are kept with the value. */
  readonly ballastBytes: number;
}

const types = ['read', 'write', 'compareAndSet'] as const;
const headerBytes = 11;

export function encodeCommand({ type, operation, key, expected, ballastBytes }: RegisterCommand): Uint8Array {
  const bytes = new Uint8Array(headerBytes + ballastBytes);
  bytes[0] = types.indexOf(type);
  writeUint32(bytes, 1, operation);
  bytes[5] = key & 0xff;
  bytes[6] = key >>> 8;
  writeUint32(bytes, 7, expected);
  if (ballastBytes > 0) bytes.fill(operation & 0xff, headerBytes);
  return bytes;
}

export function decodeCommand(bytes: Uint8Array): RegisterCommand {
  return {
    type: types[bytes[0] ?? 0] ?? 'read',
    operation: readUint32(bytes, 1),
    key: (bytes[5] ?? 0) | ((bytes[6] ?? 0) << 8),
    expected: readUint32(bytes, 7),
    ballastBytes: bytes.length - headerBytes,
  };
}

/** What the register held before. */
export function encodeAnswer(before: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, before);
  return bytes;
}

export function decodeAnswer(bytes: Uint8Array): number {
  return readUint32(bytes, 0);
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}
