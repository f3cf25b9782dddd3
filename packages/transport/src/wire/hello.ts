import { type RefusalReason, refusalReasons } from '../reasons.ts';
import { FieldReader, FieldWriter } from './byte-cursor.ts';
import { ProtocolViolation } from './protocol-violation.ts';

/** What each side says first. PROTOCOL.md has it as a table. */
export interface Hello {
  /** The protocol versions that the sender speaks. */
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly clusterId: string;
  readonly nodeId: number;
  /** Whom the dialler means to reach; whom the acceptor answers. */
  readonly meantNodeId: number;
  readonly incarnation: number;
  /** Random for each process: tells a process that dials again from another one with the same id and incarnation. 8 bytes. */
  readonly instance: Uint8Array;
  readonly features: number;
  readonly maxMessageBytes: number;
  /** The other side has to send something more often than that. */
  readonly idleTimeoutMs: number;
  /** By number, which is what frames carry. */
  readonly channelNames: readonly string[];
}

/** Instead of a hello: why there will be none. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** In words, for the log of the other side; at most 255 bytes. */
  readonly detail: string;
}

/** A handshake message. */
export type Handshake =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'refusal'; readonly refusal: Refusal };

/** The version that this code speaks. */
export const protocolVersion = 1;

/** Tells a handshake message from a frame. */
export const handshakeFirstByte = 0x53;

const magic = Uint8Array.of(handshakeFirstByte, 0x42, 0x54, 0x50); // SBTP
const types = { hello: 1, refusal: 2 } as const;

/** The first bytes of the records with which a TLS connection begins, or ends at once: handshake and alert (RFC 8446 section 5.1). */
const tlsFirstBytes: readonly number[] = [0x16, 0x15];

/** Magic, type, and length of the body in two bytes: the same in every version of the protocol, for ever. */
export const handshakeHeaderBytes = 7;

/** Most bytes of a body: 64 channels with the longest names, and the rest. */
const maxBodyBytes = 8192;

const instanceBytes = 8;
const maxDetailBytes = 255;
const maxChannels = 64;

/** Gives a hello as bytes. */
export function encodeHello(hello: Hello): Uint8Array {
  const body = new FieldWriter()
    .byte(hello.minVersion)
    .byte(hello.maxVersion)
    .text(hello.clusterId)
    .counter(hello.nodeId)
    .counter(hello.meantNodeId)
    .counter(hello.incarnation)
    .raw(hello.instance)
    .uint32(hello.features)
    .uint32(hello.maxMessageBytes)
    .uint32(hello.idleTimeoutMs)
    .byte(hello.channelNames.length);
  for (const name of hello.channelNames) body.text(name);
  return withHeader(types.hello, body.bytes());
}

/** Gives a refusal as bytes. */
export function encodeRefusal(refusal: Refusal): Uint8Array {
  const body = new FieldWriter()
    .byte(refusalReasons.indexOf(refusal.reason) + 1)
    .text(clip(refusal.detail, maxDetailBytes));
  return withHeader(types.refusal, body.bytes());
}

/**
 * Finds a handshake message at the beginning of what has arrived.
 *
 * @returns the message and how many bytes it took; undefined while it is not there whole
 * @throws ProtocolViolation as soon as it cannot become one, so that nobody waits for the rest of garbage
 */
export function decodeHandshake(bytes: Uint8Array): { handshake: Handshake; length: number } | undefined {
  const type = bytes[4];
  // As long as its last byte has not come, the length is at least this.
  const bodyBytes = ((bytes[5] ?? 0) << 8) | (bytes[6] ?? 0);
  checkHeader(bytes, type, bodyBytes);
  if (bytes.length < handshakeHeaderBytes) return undefined;
  const length = handshakeHeaderBytes + bodyBytes;
  if (bytes.length < length) return undefined;
  const body = new FieldReader(bytes.subarray(handshakeHeaderBytes, length));
  if (type === types.refusal) return { handshake: { type: 'refusal', refusal: decodeRefusal(body) }, length };
  return { handshake: { type: 'hello', hello: decodeHello(body) }, length };
}

function checkHeader(bytes: Uint8Array, type: number | undefined, bodyBytes: number): void {
  for (let at = 0; at < Math.min(magic.length, bytes.length); at++) {
    if (bytes[at] !== magic[at]) throw foreignProtocol(bytes);
  }
  if (type !== undefined && type !== types.hello && type !== types.refusal) {
    throw new ProtocolViolation(`a handshake of type ${type}`);
  }
  if (bodyBytes > maxBodyBytes) {
    throw new ProtocolViolation(`a handshake of ${bodyBytes} bytes; at most ${maxBodyBytes} are allowed`);
  }
}

function foreignProtocol(bytes: Uint8Array): ProtocolViolation {
  const isTls = tlsFirstBytes.includes(bytes[0] as number);
  return new ProtocolViolation(
    isTls
      ? 'the connection begins as TLS does, which is not used here'
      : 'the connection does not begin with the magic number',
  );
}

function decodeHello(body: FieldReader): Hello {
  const minVersion = body.byte();
  const maxVersion = body.byte();
  // Everything after this may look different in a version that is not spoken here; who decides that needs no more of it.
  if (minVersion > protocolVersion || maxVersion < protocolVersion) return foreignHello(minVersion, maxVersion);
  const fields = {
    minVersion,
    maxVersion,
    clusterId: body.text('the cluster id'),
    nodeId: body.counter('the node id'),
    meantNodeId: body.counter('the meant node id'),
    incarnation: body.counter('the incarnation'),
    // A copy: the view would keep the network's buffer for as long as the connection lives.
    instance: Uint8Array.from(body.raw(instanceBytes)),
    features: body.uint32(),
    maxMessageBytes: body.uint32(),
    idleTimeoutMs: body.uint32(),
  };
  if (fields.maxMessageBytes < 1) throw new ProtocolViolation('maxMessageBytes is 0');
  if (fields.idleTimeoutMs < 1) throw new ProtocolViolation('idleTimeoutMs is 0');
  return { ...fields, channelNames: decodeChannelNames(body) };
}

function decodeChannelNames(body: FieldReader): readonly string[] {
  const count = body.byte();
  if (count > maxChannels) throw new ProtocolViolation(`${count} channels; at most ${maxChannels} are allowed`);
  const names = Array.from({ length: count }, () => body.text('a channel name'));
  if (new Set(names).size < count) throw new ProtocolViolation('two channels have the same name');
  return names;
}

function foreignHello(minVersion: number, maxVersion: number): Hello {
  return {
    minVersion,
    maxVersion,
    clusterId: '',
    nodeId: 0,
    meantNodeId: 0,
    incarnation: 0,
    instance: new Uint8Array(instanceBytes),
    features: 0,
    maxMessageBytes: 1,
    idleTimeoutMs: 1,
    channelNames: [],
  };
}

function decodeRefusal(body: FieldReader): Refusal {
  const code = body.byte();
  const detail = body.text('the detail of a refusal');
  const reason = refusalReasons[code - 1];
  // A later version may have reasons that are not known here.
  return reason === undefined ? { reason: 'malformed', detail: `reason ${code}: ${detail}` } : { reason, detail };
}

function withHeader(type: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([magic, Uint8Array.of(type, body.length >>> 8, body.length), body]);
}

/** The longest beginning of a text that has at most so many bytes, cut between characters. */
function clip(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
