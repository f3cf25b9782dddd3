import {
  type Api,
  apis,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  decodeResponseHeader,
  encodeRequest,
  encodeResponse,
  encodeUnsupportedApiVersions,
  type RequestInputOf,
  type ResponseInputOf,
} from '@streambus/kafka';
import { describe, expect, it } from 'vitest';

/** Bytes that kafkajs 2.2.4 and @platformatic/kafka 2.12.1 send for these requests, and some that follow from the definitions by hand. */
const requests: [name: string, hex: string, check: (hex: string) => void][] = [
  request('Metadata v0', apis.metadata, 0, { topics: [{ name: 'a' }] }, '00000001000161'),
  request(
    'Metadata v6 of two topics',
    apis.metadata,
    6,
    { topics: [{ name: 'a' }, { name: 'b' }] },
    '0000000200016100016201',
  ),
  request('Metadata v6 of all topics', apis.metadata, 6, { topics: null }, 'ffffffff01'),
  request(
    'Metadata v12',
    apis.metadata,
    12,
    { topics: [{ name: 't' }] },
    '0200000000000000000000000000000000027400010000',
  ),
  request('Metadata v12 of all topics', apis.metadata, 12, { topics: null }, '00010000'),
  request('ApiVersions v3', apis.apiVersions, 3, { clientSoftwareName: 'n', clientSoftwareVersion: 'v' }, '026e027600'),
  request('FindCoordinator v2', apis.findCoordinator, 2, { key: 'g' }, '00016700'),
  request('FindCoordinator v6', apis.findCoordinator, 6, { coordinatorKeys: ['a'] }, '0002026100'),
  request(
    'Fetch v11',
    apis.fetch,
    11,
    {
      maxWaitMs: 1,
      minBytes: 1,
      maxBytes: 1,
      isolationLevel: 1,
      topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 3, partitionMaxBytes: 1 }] }],
    },
    'ffffffff0000000100000001000000010100000000ffffffff000000010001740000000100000000ffffffff0000000000000003ffffffffffffffff00000001000000000000',
  ),
  request(
    'Fetch v17',
    apis.fetch,
    17,
    {
      maxWaitMs: 1,
      minBytes: 1,
      maxBytes: 1,
      topics: [
        {
          topicId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
          partitions: [{ partition: 0, currentLeaderEpoch: 1, fetchOffset: 3, partitionMaxBytes: 5 }],
        },
      ],
    },
    '0000000100000001000000010000000000ffffffff026ba7b8109dad41d180b400c04fd430c80200000000000000010000000000000003ffffffffffffffffffffffff000000050000010100',
  ),
  request(
    'ListOffsets v9',
    apis.listOffsets,
    9,
    { replicaId: -1, isolationLevel: 1, topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] },
    'ffffffff010202740200000000ffffffffffffffffffffffff000000',
  ),
  request(
    'JoinGroup v0',
    apis.joinGroup,
    0,
    {
      groupId: 'g',
      sessionTimeoutMs: 1,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'x', metadata: Buffer.from('12') }],
    },
    '0001670000000100000008636f6e73756d657200000001000178000000023132',
  ),
  request(
    'JoinGroup v9',
    apis.joinGroup,
    9,
    {
      groupId: 'g',
      sessionTimeoutMs: 1,
      rebalanceTimeoutMs: 1,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'a', metadata: Buffer.from('x') }],
    },
    '02670000000100000001010009636f6e73756d65720202610278000000',
  ),
  request(
    'OffsetCommit v5',
    apis.offsetCommit,
    5,
    {
      groupId: 'g',
      generationIdOrMemberEpoch: 1,
      memberId: 'm',
      topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset: 5, committedMetadata: null }] }],
    },
    '0001670000000100016d0000000100017400000001000000010000000000000005ffff',
  ),
  request(
    'OffsetFetch v9 of all topics',
    apis.offsetFetch,
    9,
    { groups: [{ groupId: 'g', topics: null }] },
    '02026700ffffffff00000000',
  ),
  request(
    'CreateTopics v7',
    apis.createTopics,
    7,
    {
      topics: [
        {
          name: 't',
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [{ partitionIndex: 0, brokerIds: [1] }],
          configs: [{ name: 'a', value: 'b' }],
        },
      ],
      timeoutMs: 1,
    },
    '020274000000010001020000000002000000010002026102620000000000010000',
  ),
  request(
    'CreatePartitions v3',
    apis.createPartitions,
    3,
    { topics: [{ name: 't', count: 2, assignments: null }], timeoutMs: 1, validateOnly: false },
    '020274000000020000000000010000',
  ),
  request(
    'InitProducerId v5',
    apis.initProducerId,
    5,
    { transactionalId: null, transactionTimeoutMs: 1 },
    '0000000001ffffffffffffffffffff00',
  ),
  request(
    'OffsetDelete v0',
    apis.offsetDelete,
    0,
    { groupId: 'g', topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] },
    '000167000000010001740000000100000000',
  ),
  request('SaslHandshake v1', apis.saslHandshake, 1, { mechanism: 'PLAIN' }, '0005504c41494e'),
  request(
    'Produce v7 without records',
    apis.produce,
    7,
    { acks: -1, timeoutMs: 1, topicData: [{ name: 't', partitionData: [{ index: 0, records: null }] }] },
    'ffffffff000000010000000100017400000001' + '00000000' + 'ffffffff',
  ),
];

function request<A extends Api>(
  name: string,
  api: A,
  version: number,
  message: RequestInputOf<A>,
  hex: string,
): [string, string, (hex: string) => void] {
  const check = (expected: string) => {
    const frame = Buffer.concat(encodeRequest(api, version, { correlationId: 5, clientId: 'me' }, message));
    expect(frame.readInt32BE(0)).toBe(frame.length - 4);
    const header = decodeRequestHeader(frame, 4);
    expect(header).toMatchObject({ apiKey: api.key, apiVersion: version, correlationId: 5, clientId: 'me' });
    expect(frame.subarray(header.bodyStart).toString('hex')).toBe(expected);
    expect(decodeRequest(api, version, Buffer.from(expected, 'hex'), 0)).toMatchObject(message);
  };
  return [name, hex, check];
}

function response<A extends Api>(api: A, version: number, message: ResponseInputOf<A>): string {
  const frame = Buffer.concat(encodeResponse(api, version, 7, message));
  const header = decodeResponseHeader(api, version, frame, 4);
  expect(header.correlationId).toBe(7);
  expect(decodeResponse(api, version, frame, header.bodyStart)).toMatchObject(message);
  return frame.toString('hex');
}

describe('bytes of requests', () => {
  it.each(requests)('%s', (_, hex, check) => check(hex));
});

describe('bytes of whole response frames', () => {
  it('ApiVersions of a version that nobody knows: version 0, UNSUPPORTED_VERSION, the row of ApiVersions', () => {
    const frame = Buffer.concat(encodeUnsupportedApiVersions(7, { apiKey: 18, minVersion: 0, maxVersion: 4 }));
    expect(frame.toString('hex')).toBe('00000010' + '00000007' + '0023' + '00000001' + '001200000004');
  });

  it('ApiVersions v3 is flexible, its header is not', () => {
    const hex = response(apis.apiVersions, 3, {
      errorCode: 0,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    });
    expect(hex).toBe('00000013' + '00000007' + '0000' + '02' + '001200000004' + '00' + '00000000' + '00');
  });

  it('Heartbeat v4 has a flexible header, v3 has not', () => {
    expect(response(apis.heartbeat, 4, { errorCode: 27 })).toBe(
      '0000000c' + '00000007' + '00' + '00000000' + '001b' + '00',
    );
    expect(response(apis.heartbeat, 3, { errorCode: 27 })).toBe('0000000a' + '00000007' + '00000000' + '001b');
  });

  it('Produce v10 with a tagged leader', () => {
    const partition = { index: 1, errorCode: 6, baseOffset: -1, currentLeader: { leaderId: 2, leaderEpoch: 3 } };
    const hex = response(apis.produce, 10, { responses: [{ name: 't', partitionResponses: [partition] }] });
    const minusOne = 'ffffffffffffffff';
    const tagged = '01' + '00' + '09' + '00000002' + '00000003' + '00';
    expect(hex.slice(8)).toBe(
      '0000000700' +
        '02' +
        '0274' +
        '02' +
        '00000001' +
        '0006' +
        minusOne.repeat(3) +
        '01' +
        '00' +
        tagged +
        '00' +
        '00000000' +
        '00',
    );
  });
});
