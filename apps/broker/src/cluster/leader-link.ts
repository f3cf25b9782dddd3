import {
  apis,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  decodeResponseHeader,
  encodeRequest,
  encodeResponse,
} from '@streambus/kafka';
import type { FollowerServer, LeaderLink } from '@streambus/replication';
import type { PeerRequestHandler, PeerRequests } from './peer-requests.ts';

/** Topics by id, and the epoch of the process that asks (KIP-516, KIP-903). */
const fetchVersion = 17;

/** The frame's length, which messages have of their own. */
const lengthBytes = 4;

/** The way to one leader broker: Kafka's own Fetch, over the connection that the two have anyhow. */
export function createLeaderLink(leaderId: number, peers: PeerRequests): LeaderLink {
  let correlationId = 0;
  return {
    async fetch(request, signal) {
      correlationId = (correlationId + 1) & 0x7fff_ffff;
      const sent = encodeRequest(apis.fetch, fetchVersion, { correlationId }, request);
      const frame = (await peers.call(leaderId, sent, signal)).subarray(lengthBytes);
      const { bodyStart } = decodeResponseHeader(apis.fetch, fetchVersion, frame);
      return decodeResponse(apis.fetch, fetchVersion, frame, bodyStart);
    },
  };
}

/** Answers the followers' fetches. */
export function serveFollowers(server: FollowerServer): PeerRequestHandler {
  return async (from, bytes, signal) => {
    const frame = bytes.subarray(lengthBytes);
    const { apiVersion, correlationId, bodyStart } = decodeRequestHeader(frame);
    const request = decodeRequest(apis.fetch, apiVersion, frame, bodyStart);
    return encodeResponse(apis.fetch, apiVersion, correlationId, await server.answer(from, request, signal));
  };
}
