import {
  type Api,
  apis,
  crc32c,
  decodeRecords,
  decodeResponse,
  decodeResponseHeader,
  encodeRecordBatch,
  encodeRequest,
  encodeResponse,
  type RequestInputOf,
  type ResponseInputOf,
} from '@streambus/kafka';
import * as kafkajs from './kafkajs.ts';
import type { Work } from './measure.ts';
import * as platformatic from './platformatic.ts';
import * as samples from './samples.ts';

/** One message or checksum: ours beside one peer's, at the version that the peer speaks. */
export interface Case {
  readonly name: string;
  readonly peer: 'kafkajs' | '@platformatic/kafka';
  readonly ours: Work;
  readonly theirs: Work;
}

function both(
  name: string,
  kafkajsPair: readonly [ours: Work, theirs: Work],
  platformaticPair: readonly [ours: Work, theirs: Work],
): Case[] {
  return [
    { name, peer: 'kafkajs', ours: kafkajsPair[0], theirs: kafkajsPair[1] },
    { name, peer: '@platformatic/kafka', ours: platformaticPair[0], theirs: platformaticPair[1] },
  ];
}

function written<A extends Api>(api: A, version: number, request: RequestInputOf<A>): Work {
  return () => encodeRequest(api, version, { correlationId: 1, clientId: 'bench' }, request);
}

function answered<A extends Api>(api: A, version: number, response: ResponseInputOf<A>): Work {
  return () => encodeResponse(api, version, 1, response);
}

/** A response frame without its length, and where its body begins. */
function bodyOf<A extends Api>(api: A, version: number, response: ResponseInputOf<A>): Buffer {
  const frame = Buffer.concat(encodeResponse(api, version, 1, response)).subarray(4);
  return Buffer.from(frame.subarray(decodeResponseHeader(api, version, frame).bodyStart));
}

function read<A extends Api>(api: A, version: number, response: ResponseInputOf<A>): Work {
  const body = bodyOf(api, version, response);
  return () => decodeResponse(api, version, body, 0);
}

/** As the peers do, every record is read too. */
function readFetch(version: number): Work {
  const body = bodyOf(apis.fetch, version, samples.fetchResponse);
  return () => {
    const response = decodeResponse(apis.fetch, version, body, 0);
    return response.responses.map((topic) =>
      topic.partitions.map(({ records }) => (records === null ? [] : [...decodeRecords(records)])),
    );
  };
}

function producing(version: number): Work {
  return () =>
    encodeRequest(
      apis.produce,
      version,
      { correlationId: 1, clientId: 'bench' },
      {
        acks: -1,
        timeoutMs: 30_000,
        topicData: [
          { name: 'orders.created', partitionData: [{ index: 0, records: encodeRecordBatch(samples.records) }] },
        ],
      },
    );
}

const { metadataV12, fetchV17, joinGroupV9, offsetCommitV9 } = platformatic.apis;

/** Ours writes the whole frame with its header, the peers the body alone. */
export const cases: readonly Case[] = [
  ...both(
    'Metadata response, 100 topics × 6, encode',
    [answered(apis.metadata, 6, samples.metadataResponse), kafkajs.encodeMetadataResponse],
    [answered(apis.metadata, 12, samples.metadataResponse), platformatic.encodeMetadataResponse],
  ),
  ...both(
    'Metadata response, 100 topics × 6, decode',
    [
      read(apis.metadata, 6, samples.metadataResponse),
      kafkajs.decode('metadata/v6', bodyOf(apis.metadata, 6, samples.metadataResponse)),
    ],
    [
      read(apis.metadata, 12, samples.metadataResponse),
      platformatic.parse(metadataV12, 3, 12, bodyOf(apis.metadata, 12, samples.metadataResponse)),
    ],
  ),
  ...both(
    'Produce request, 100 × 100 B, encode',
    [producing(7), kafkajs.produceRequest],
    [producing(11), platformatic.produceRequest],
  ),
  ...both(
    'Fetch response, 2 × 100 × 100 B, decode with records',
    [readFetch(11), kafkajs.decode('fetch/v11', bodyOf(apis.fetch, 11, samples.fetchResponse))],
    [readFetch(17), platformatic.parse(fetchV17, 1, 17, bodyOf(apis.fetch, 17, samples.fetchResponse))],
  ),
  ...both(
    'JoinGroup request, encode',
    [written(apis.joinGroup, 5, samples.joinGroupRequest), kafkajs.joinGroupRequest],
    [written(apis.joinGroup, 9, samples.joinGroupRequest), platformatic.joinGroupRequest],
  ),
  ...both(
    'JoinGroup response, 5 members, decode',
    [
      read(apis.joinGroup, 5, samples.joinGroupResponse),
      kafkajs.decode('joinGroup/v5', bodyOf(apis.joinGroup, 5, samples.joinGroupResponse)),
    ],
    [
      read(apis.joinGroup, 9, samples.joinGroupResponse),
      platformatic.parse(joinGroupV9, 11, 9, bodyOf(apis.joinGroup, 9, samples.joinGroupResponse)),
    ],
  ),
  ...both(
    'OffsetCommit request, 10 partitions, encode',
    [written(apis.offsetCommit, 5, samples.offsetCommitRequest), kafkajs.offsetCommitRequest],
    [written(apis.offsetCommit, 9, samples.offsetCommitRequest), platformatic.offsetCommitRequest],
  ),
  ...both(
    'OffsetCommit response, 10 partitions, decode',
    [
      read(apis.offsetCommit, 5, samples.offsetCommitResponse),
      kafkajs.decode('offsetCommit/v5', bodyOf(apis.offsetCommit, 5, samples.offsetCommitResponse)),
    ],
    [
      read(apis.offsetCommit, 9, samples.offsetCommitResponse),
      platformatic.parse(offsetCommitV9, 8, 9, bodyOf(apis.offsetCommit, 9, samples.offsetCommitResponse)),
    ],
  ),
  ...both(
    'Record batch, 100 × 100 B, encode',
    [() => encodeRecordBatch(samples.records), kafkajs.encodeBatch],
    [() => encodeRecordBatch(samples.records), platformatic.encodeBatch],
  ),
  ...both(
    'Record batch, 100 × 100 B, decode',
    [() => [...decodeRecords(samples.batch)], kafkajs.decodeBatch],
    [() => [...decodeRecords(samples.batch)], platformatic.decodeBatch],
  ),
  ...[100, 1024, 65_536, 1_048_576].flatMap((length) => {
    const bytes = Buffer.alloc(length, 7);
    const ours: Work = () => crc32c(bytes);
    return both(
      `CRC-32C of ${length} B`,
      [ours, () => kafkajs.checksum(bytes)],
      [ours, () => platformatic.checksum(bytes)],
    );
  }),
];
