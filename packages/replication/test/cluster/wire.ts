import {
  apis,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  decodeResponseHeader,
  encodeRequest,
  encodeResponse,
  type FetchRequest,
  type FetchRequestInput,
  type FetchResponse,
  type FetchResponseInput,
} from '@streambus/kafka';

/** Topics by id, and the epoch of the process that asks (KIP-516, KIP-903). */
const version = 17;
const lengthBytes = 4;

/** A request as it comes out of a socket. */
export function receivedRequest(request: FetchRequestInput): FetchRequest {
  const frame = encodeRequest(apis.fetch, version, { correlationId: 1 }, request);
  const body = Uint8Array.from(Buffer.concat(asPieces(frame))).subarray(lengthBytes);
  return decodeRequest(apis.fetch, version, body, decodeRequestHeader(body).bodyStart);
}

/** A response as it comes out of a socket: in one piece, of the receiver's own. */
export function receivedResponse(response: FetchResponseInput): FetchResponse {
  const frame = encodeResponse(apis.fetch, version, 1, response);
  const body = Uint8Array.from(Buffer.concat(asPieces(frame))).subarray(lengthBytes);
  return decodeResponse(apis.fetch, version, body, decodeResponseHeader(apis.fetch, version, body).bodyStart);
}

function asPieces(frame: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return frame instanceof Uint8Array ? [frame] : frame;
}
