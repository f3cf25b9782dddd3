import type {
  MessageInputOf,
  MessageOf,
  RequestInputOf,
  RequestOf,
  ResponseInputOf,
  ResponseOf,
} from '../schema/infer.ts';
import { assertDescribed, isFlexible } from '../schema/registry.ts';
import type { Api, MessageSchema } from '../schema/schema.ts';
import { decoderOf, encoderOf, type Layout } from './body.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { writeRequestHeader, writeResponseHeader } from './headers.ts';

/** What a decoder may be told. */
export interface DecodeOptions {
  /**
   * The most list elements that one message may have in all, as each becomes an object or a value of its own. Default
   * 1,000,000. More is refused with `KAFKA_TOO_MANY_ELEMENTS`.
   */
  readonly maxElements?: number;
}

/** What the header of a request says beside its API and version. */
export interface RequestHeaderInput {
  /** Comes back in the response's header. An int32. */
  readonly correlationId: number;
  /** Default null. */
  readonly clientId?: string | null;
}

const defaultMaxElements = 1_000_000;

/** An allocation cache without behaviour, as `Buffer`'s own pool is: what it hands out is never touched again. */
const writer = new ChunkWriter();

/**
 * Reads the body of a request. `bytes` and `records` fields are views of `frame`; the whole rest of the frame must be the body.
 *
 * @param at - where the body begins: `bodyStart` of the request's header
 * @throws KafkaError `KAFKA_UNSUPPORTED_VERSION`, or what is wrong with the bytes
 */
export function decodeRequest<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
  at: number,
  options?: DecodeOptions,
): RequestOf<A> {
  // The decoder is derived from the same schema as the type.
  return decode(requestLayout(api, version), frame, at, options, true) as RequestOf<A>;
}

/**
 * Reads the body of a response; the counterpart of {@link decodeRequest} for clients.
 *
 * @param at - where the body begins: `bodyStart` of the response's header
 * @throws KafkaError `KAFKA_UNSUPPORTED_VERSION`, or what is wrong with the bytes
 */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
  at: number,
  options?: DecodeOptions,
): ResponseOf<A> {
  return decode(responseLayout(api, version), frame, at, options, true) as ResponseOf<A>;
}

/**
 * Writes a whole frame: length, request header, body.
 *
 * @returns its chunks in order. Record bytes are the given views themselves, except that views of few bytes are copied
 * @throws KafkaError `KAFKA_UNSUPPORTED_VERSION` or `KAFKA_INVALID_VALUE`
 */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  header: RequestHeaderInput,
  request: RequestInputOf<A>,
): Uint8Array[] {
  const encode = encoderOf(requestLayout(api, version));
  return writer.collectFrame(() => {
    writeRequestHeader(writer, api, version, header);
    encode(writer, request);
  });
}

/**
 * Writes a whole frame: length, response header, body.
 *
 * @returns its chunks in order. Record bytes are the given views themselves, except that views of few bytes are copied
 * @throws KafkaError `KAFKA_UNSUPPORTED_VERSION` or `KAFKA_INVALID_VALUE`
 */
export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  response: ResponseInputOf<A>,
): Uint8Array[] {
  const encode = encoderOf(responseLayout(api, version));
  return writer.collectFrame(() => {
    writeResponseHeader(writer, api, version, correlationId);
    encode(writer, response);
  });
}

/**
 * Reads a message that is no request or response, without a version in front of it.
 *
 * @param exact - whether bytes after its end are refused. Default true
 * @throws KafkaError `KAFKA_UNSUPPORTED_VERSION`, or what is wrong with the bytes
 */
export function decodeMessage<S extends MessageSchema>(
  schema: S,
  version: number,
  bytes: Uint8Array,
  at = 0,
  exact = true,
): MessageOf<S> {
  return decode(messageLayout(schema, version), bytes, at, undefined, exact) as MessageOf<S>;
}

/**
 * Writes a message that is no request or response, with its version (int16) in front of it where asked for.
 *
 * @throws KafkaError `KAFKA_UNSUPPORTED_VERSION` or `KAFKA_INVALID_VALUE`
 */
export function encodeMessage<S extends MessageSchema>(
  schema: S,
  version: number,
  message: MessageInputOf<S>,
  withVersion = false,
): Uint8Array {
  const encode = encoderOf(messageLayout(schema, version));
  const chunks = writer.collect(() => {
    if (withVersion) writer.int16(version);
    encode(writer, message);
  });
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

function decode(
  layout: Layout,
  bytes: Uint8Array,
  at: number,
  options: DecodeOptions | undefined,
  exact: boolean,
): Record<string, unknown> {
  return decoderOf(layout)(asBuffer(bytes), at, options?.maxElements ?? defaultMaxElements, exact);
}

/** The layout of a request, after refusing a version that its schema does not describe. */
export function requestLayout(api: Api, version: number): Layout {
  assertDescribed(api, version);
  return { what: api.name, fields: api.request, version, flexible: isFlexible(api, version) };
}

/** The layout of a response, after refusing a version that its schema does not describe. */
export function responseLayout(api: Api, version: number): Layout {
  assertDescribed(api, version);
  return { what: api.name, fields: api.response, version, flexible: isFlexible(api, version) };
}

function messageLayout(schema: MessageSchema, version: number): Layout {
  assertDescribed(schema, version);
  return { what: schema.name, fields: schema.fields, version, flexible: isFlexible(schema, version) };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
