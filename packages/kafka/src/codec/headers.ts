import { KafkaError } from '../kafka-error.ts';
import { apiByKey, isFlexible } from '../schema/registry.ts';
import type { Api } from '../schema/schema.ts';
import { versionBounds } from '../schema/version-range.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { invalidValue, malformed, truncated } from './failures.ts';
import { cursor, readUvarint } from './fast-read.ts';
import type { RequestHeaderInput } from './messages.ts';

const apiVersionsKey = 18;

/** What stands before the body of a request. */
export interface RequestHeader {
  readonly apiKey: number;
  /** As sent: it may be a version that nobody knows. */
  readonly apiVersion: number;
  /** To be sent back in the response's header. */
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where in the frame the body begins. */
  readonly bodyStart: number;
}

/** What stands before the body of a response. */
export interface ResponseHeader {
  readonly correlationId: number;
  /** Where in the frame the body begins. */
  readonly bodyStart: number;
}

/**
 * The version of the header that goes with a request: 2 with flexible versions, else 1. (0, without a client id, belongs
 * to ControlledShutdown alone, which this package does not have.)
 *
 * A version above all known ones has the header of the highest, so that an unknown ApiVersions request can be answered (KIP-511).
 */
export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return version >= versionBounds(api.flexible).min ? 2 : 1;
}

/** The version of the header that goes with a response: 1 with flexible versions, else 0; always 0 with ApiVersions (KIP-511). */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return api.key !== apiVersionsKey && isFlexible(api, version) ? 1 : 0;
}

/**
 * Reads the header of a request at the beginning of a frame (without the frame's length).
 *
 * @throws KafkaError `KAFKA_UNKNOWN_API`, `KAFKA_TRUNCATED` or `KAFKA_MALFORMED`. A version outside of the known ones is no error here
 */
export function decodeRequestHeader(frame: Uint8Array, at = 0): RequestHeader {
  if (frame.length - at < 8) truncated('request header', 8, frame.length - at);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const apiKey = view.getInt16(at);
  const apiVersion = view.getInt16(at + 2);
  const correlationId = view.getInt32(at + 4);
  const api = apiByKey(apiKey);
  if (api === undefined)
    throw new KafkaError('KAFKA_UNKNOWN_API', `API key is ${apiKey}, version ${apiVersion}; no such API is known`);
  const clientIdAt = at + 8;
  if (frame.length - clientIdAt < 2) truncated('client id', 2, frame.length - clientIdAt);
  const length = view.getInt16(clientIdAt);
  if (length < -1) malformed('client id length', length, 'it must be at least -1');
  const clientIdEnd = clientIdAt + 2 + Math.max(length, 0);
  if (clientIdEnd > frame.length) truncated('client id', length, frame.length - clientIdAt - 2);
  const clientId =
    length < 0 ? null : Buffer.from(frame.buffer, frame.byteOffset + clientIdAt + 2, length).toString('utf8');
  const bodyStart = requestHeaderVersion(api, apiVersion) === 2 ? skipTags(frame, clientIdEnd) : clientIdEnd;
  return { apiKey, apiVersion, correlationId, clientId, bodyStart };
}

/**
 * Reads the header of a response at the beginning of a frame (without the frame's length).
 *
 * @throws KafkaError `KAFKA_TRUNCATED` or `KAFKA_MALFORMED`
 */
export function decodeResponseHeader(api: Api, version: number, frame: Uint8Array, at = 0): ResponseHeader {
  if (frame.length - at < 4) truncated('response header', 4, frame.length - at);
  const correlationId = new DataView(frame.buffer, frame.byteOffset, frame.length).getInt32(at);
  const bodyStart = responseHeaderVersion(api, version) === 1 ? skipTags(frame, at + 4) : at + 4;
  return { correlationId, bodyStart };
}

/** Writes the header of a request. */
export function writeRequestHeader(writer: ChunkWriter, api: Api, version: number, header: RequestHeaderInput): void {
  const { correlationId, clientId = null } = header;
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(asInt32(correlationId));
  if (clientId === null) writer.int16(-1);
  else writer.string(clientId, 'clientId');
  if (requestHeaderVersion(api, version) === 2) writer.uvarint(0);
}

/** Writes the header of a response. */
export function writeResponseHeader(writer: ChunkWriter, api: Api, version: number, correlationId: number): void {
  writer.int32(asInt32(correlationId));
  if (responseHeaderVersion(api, version) === 1) writer.uvarint(0);
}

function asInt32(correlationId: number): number {
  return (correlationId | 0) === correlationId
    ? correlationId
    : invalidValue('correlationId', correlationId, 'an int32');
}

/** Skips tagged fields of a header: none is known. Gives the position behind them. */
function skipTags(frame: Uint8Array, at: number): number {
  let place = readTagNumber(frame, at);
  for (let count = tagNumber; count > 0; count--) {
    place = readTagNumber(frame, place);
    place = readTagNumber(frame, place);
    if (tagNumber > frame.length - place) truncated('tagged field of the header', tagNumber, frame.length - place);
    place += tagNumber;
  }
  return place;
}

/** The number that {@link readTagNumber} read: a second result without an object for it. */
let tagNumber = 0;

function readTagNumber(frame: Uint8Array, at: number): number {
  tagNumber = readUvarint(frame, at, frame.length);
  if (tagNumber < 0) truncated('tagged fields of the header', 1, 0);
  return cursor.at;
}
