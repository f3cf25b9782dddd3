import {
  apiByKey,
  apiList,
  apis,
  apiVersionsRows,
  consumerProtocolSubscription,
  decodeMessage,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  decodeResponseHeader,
  encodeMessage,
  encodeRecordBatch,
  encodeRequest,
  encodeResponse,
  errorByCode,
  errorCodes,
  errorTable,
  isClientSoftwareText,
  isServed,
  KafkaError,
  requestHeaderVersion,
  responseHeaderVersion,
  versionsOf,
} from '@streambus/kafka';
import { describe, expect, it } from 'vitest';

function refusal(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof KafkaError ? error.code : String(error);
  }
}

describe('headers', () => {
  it('of requests are flexible with the version, and for versions above all known', () => {
    expect([0, 8, 9, 13, 99].map((version) => requestHeaderVersion(apis.metadata, version))).toEqual([1, 1, 2, 2, 2]);
    expect(requestHeaderVersion(apis.saslHandshake, 1)).toBe(1);
    expect(requestHeaderVersion(apis.apiVersions, 77)).toBe(2);
  });

  it('of responses are flexible with the version, but never those of ApiVersions', () => {
    expect([0, 8, 9].map((version) => responseHeaderVersion(apis.metadata, version))).toEqual([0, 0, 1]);
    expect([0, 3, 4].map((version) => responseHeaderVersion(apis.apiVersions, version))).toEqual([0, 0, 0]);
  });

  it('of an ApiVersions request of an unknown version can be read', () => {
    const frame = Buffer.from('00120063' + '00000005' + '00026d65' + '00' + 'ffff', 'hex');
    expect(decodeRequestHeader(frame)).toEqual({
      apiKey: 18,
      apiVersion: 99,
      correlationId: 5,
      clientId: 'me',
      bodyStart: 13,
    });
    expect(refusal(() => decodeRequest(apis.apiVersions, 99, frame, 13))).toBe('KAFKA_UNSUPPORTED_VERSION');
  });

  it('with a null client id and with tagged fields are read', () => {
    const frame = Buffer.from('000c0004' + '00000005' + 'ffff' + '01' + '07' + '02' + 'abcd', 'hex');
    expect(decodeRequestHeader(frame)).toMatchObject({ clientId: null, bodyStart: frame.length });
  });

  it('are refused where they are cut off, or of an API that nobody knows', () => {
    const frame = Buffer.from('000c0004' + '00000005' + '00026d65' + '01' + '07' + '02' + 'abcd', 'hex');
    for (let length = 0; length < frame.length; length++) {
      expect(refusal(() => decodeRequestHeader(frame.subarray(0, length)))).toBe('KAFKA_TRUNCATED');
    }
    expect(refusal(() => decodeRequestHeader(Buffer.from('7fff0004' + '00000005' + 'ffff', 'hex')))).toBe(
      'KAFKA_UNKNOWN_API',
    );
    expect(refusal(() => decodeResponseHeader(apis.heartbeat, 4, Buffer.from('00000001', 'hex')))).toBe(
      'KAFKA_TRUNCATED',
    );
  });
});

describe('record bytes', () => {
  const batch = encodeRecordBatch(Array.from({ length: 50 }, () => ({ value: 'some text of a record' })));

  it('are views of the frame when a request is read', () => {
    const topicData = [{ name: 't', partitionData: [{ index: 0, records: batch }] }];
    const frame = Buffer.concat(
      encodeRequest(apis.produce, 9, { correlationId: 1 }, { acks: 1, timeoutMs: 1, topicData }),
    );
    const { bodyStart } = decodeRequestHeader(frame, 4);
    const records = decodeRequest(apis.produce, 9, frame, bodyStart).topicData[0]?.partitionData[0]?.records;
    expect(records?.buffer).toBe(frame.buffer);
    expect(Buffer.compare(records ?? Buffer.alloc(0), batch)).toBe(0);
  });

  it('are passed through as they are when a response is written, one view or several', () => {
    const partitions = [batch, [batch, batch]].map((records, partitionIndex) => ({
      partitionIndex,
      errorCode: 0,
      highWatermark: 3,
      abortedTransactions: null,
      records,
    }));
    const chunks = encodeResponse(apis.fetch, 12, 3, { responses: [{ topic: 't', partitions }] });
    expect(chunks.filter((chunk) => chunk === batch)).toHaveLength(3);
    const frame = Buffer.concat(chunks);
    expect(frame.readInt32BE(0)).toBe(frame.length - 4);
    const { bodyStart } = decodeResponseHeader(apis.fetch, 12, frame, 4);
    const [topic] = decodeResponse(apis.fetch, 12, frame, bodyStart).responses;
    expect(topic?.partitions.map(({ records }) => records?.length)).toEqual([batch.length, 2 * batch.length]);
  });

  it('stay what they are when later messages are written', () => {
    const write = (correlationId: number) =>
      encodeResponse(apis.heartbeat, 4, correlationId, { errorCode: correlationId });
    const kept = Array.from({ length: 5000 }, (_, index) => ({ index, chunks: write(index) }));
    for (const { index, chunks } of kept) expect(Buffer.concat(chunks).readInt32BE(4)).toBe(index);
  });
});

describe('messages that are refused', () => {
  const encoded = (hex: string) => Buffer.from(hex, 'hex');

  it('bytes that follow the end', () => {
    expect(refusal(() => decodeRequest(apis.heartbeat, 0, encoded('0001670000000100016d00'), 0))).toBe(
      'KAFKA_TRAILING_BYTES',
    );
  });

  it('a null where there may be none, a negative length', () => {
    expect(refusal(() => decodeRequest(apis.heartbeat, 0, encoded('ffff0000000100016d'), 0))).toBe('KAFKA_MALFORMED');
    expect(refusal(() => decodeRequest(apis.metadata, 1, encoded('fffffffe'), 0))).toBe('KAFKA_MALFORMED');
  });

  it('an int64 that a number does not hold', () => {
    const bytes = Buffer.concat([
      encoded('ffffffff' + '00000001' + '000174' + '00000001' + '00000000'),
      encoded('0020000000000000'),
    ]);
    expect(refusal(() => decodeRequest(apis.listOffsets, 1, bytes, 0))).toBe('KAFKA_NUMBER_TOO_LARGE');
  });

  it('a count of 2^31-1, at no cost', () => {
    const before = process.memoryUsage().heapUsed;
    expect(refusal(() => decodeRequest(apis.metadata, 1, encoded('7fffffff'), 0))).toBe('KAFKA_TRUNCATED');
    expect(refusal(() => decodeRequest(apis.metadata, 9, encoded('ffffffff07'), 0))).toBe('KAFKA_TRUNCATED');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  });

  it('more list elements than are allowed', () => {
    const topics = Array.from({ length: 11 }, () => ({ name: 't' }));
    const frame = Buffer.concat(encodeRequest(apis.metadata, 1, { correlationId: 1 }, { topics }));
    const { bodyStart } = decodeRequestHeader(frame, 4);
    expect(decodeRequest(apis.metadata, 1, frame, bodyStart, { maxElements: 11 }).topics).toHaveLength(11);
    expect(refusal(() => decodeRequest(apis.metadata, 1, frame, bodyStart, { maxElements: 10 }))).toBe(
      'KAFKA_TOO_MANY_ELEMENTS',
    );
  });

  it('a version outside of the schema, reading or writing', () => {
    expect(refusal(() => decodeRequest(apis.metadata, 14, encoded(''), 0))).toBe('KAFKA_UNSUPPORTED_VERSION');
    expect(refusal(() => decodeRequest(apis.metadata, 1.5, encoded(''), 0))).toBe('KAFKA_UNSUPPORTED_VERSION');
    expect(refusal(() => encodeResponse(apis.heartbeat, -1, 1, { errorCode: 0 }))).toBe('KAFKA_UNSUPPORTED_VERSION');
  });

  it('a string of more than 32,767 bytes', () => {
    const write = (memberId: string) => () =>
      encodeRequest(apis.heartbeat, 0, { correlationId: 1 }, { groupId: 'g', generationId: 1, memberId });
    expect(refusal(write('m'.repeat(32_767)))).toBe('nothing thrown');
    expect(refusal(write('m'.repeat(32_768)))).toBe('KAFKA_INVALID_VALUE');
    expect(refusal(write('ü'.repeat(20_000)))).toBe('KAFKA_INVALID_VALUE');
  });

  it('and the next one is written as if nothing had been', () => {
    const good = () => Buffer.concat(encodeResponse(apis.heartbeat, 4, 7, { errorCode: 0 })).toString('hex');
    const before = good();
    expect(refusal(() => encodeResponse(apis.heartbeat, 4, 7, { errorCode: 99_999 }))).toBe('KAFKA_INVALID_VALUE');
    expect(good()).toBe(before);
  });
});

describe('lengths and counts at the edges of their varints', () => {
  it('of lists', () => {
    for (const count of [0, 1, 126, 127, 128, 16_382, 16_383, 16_384]) {
      const groupsNames = Array.from({ length: count }, () => 'g');
      const frame = Buffer.concat(encodeRequest(apis.deleteGroups, 2, { correlationId: 1 }, { groupsNames }));
      const { bodyStart } = decodeRequestHeader(frame, 4);
      expect(decodeRequest(apis.deleteGroups, 2, frame, bodyStart).groupsNames).toEqual(groupsNames);
    }
  });

  it('of strings, where UTF-8 takes more bytes than there are characters', () => {
    for (const length of [1, 24, 25, 62, 63, 64, 125, 126, 127, 128, 8_190, 8_191, 8_192]) {
      const groupsNames = ['a', 'ü', '€'].map((character) => character.repeat(length));
      const frame = Buffer.concat(encodeRequest(apis.deleteGroups, 2, { correlationId: 1 }, { groupsNames }));
      const { bodyStart } = decodeRequestHeader(frame, 4);
      expect(decodeRequest(apis.deleteGroups, 2, frame, bodyStart).groupsNames).toEqual(groupsNames);
    }
  });
});

describe('unknown tagged fields', () => {
  it('are skipped', () => {
    const bytes = Buffer.from('026700000001026d00' + '02' + '00' + '01' + 'ff' + '63' + '02' + 'abcd', 'hex');
    expect(decodeRequest(apis.heartbeat, 4, bytes, 0)).toEqual({
      groupId: 'g',
      generationId: 1,
      memberId: 'm',
      groupInstanceId: null,
    });
  });
});

describe('known tagged fields', () => {
  const throttleAndErrors = '00000007' + '0000' + '01' + '00000000' + '01';

  it('must take the size that they say', () => {
    const read = (tagged: string) => () =>
      decodeResponse(apis.apiVersions, 3, Buffer.from(throttleAndErrors + tagged, 'hex'), 4);
    expect(read('01' + '08' + '0000000000000005')()).toMatchObject({ finalizedFeaturesEpoch: 5 });
    expect(refusal(read('01' + '09' + '0000000000000005' + '00'))).toBe('KAFKA_MALFORMED');
    expect(refusal(read('01' + '07' + '00000000000005'))).toBe('KAFKA_TRUNCATED');
  });
});

describe('messages of the consumer protocol', () => {
  it('carry their version, and later ones are read as the highest known', () => {
    const bytes = encodeMessage(consumerProtocolSubscription, 1, { topics: ['a', 'b'] }, true);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '0001' + '00000002' + '000161' + '000162' + 'ffffffff' + '00000000',
    );
    const later = Buffer.concat([bytes, Buffer.from('more')]);
    expect(refusal(() => decodeMessage(consumerProtocolSubscription, 1, later, 2))).toBe('KAFKA_TRAILING_BYTES');
    expect(decodeMessage(consumerProtocolSubscription, 1, later, 2, false)).toMatchObject({
      topics: ['a', 'b'],
      userData: null,
      generationId: -1,
    });
  });
});

describe('tables', () => {
  it('APIs are found by key, each once', () => {
    expect(new Set(apiList.map(({ key }) => key)).size).toBe(apiList.length);
    for (const api of apiList) expect(apiByKey(api.key)).toBe(api);
    expect(apiByKey(4)).toBeUndefined();
    expect(apiByKey(-1)).toBeUndefined();
  });

  it('versions of an API are numbers', () => {
    expect(versionsOf(apis.fetch)).toEqual({
      key: 1,
      name: 'Fetch',
      minVersion: 0,
      maxVersion: 17,
      minServedVersion: 4,
      maxServedVersion: 17,
      flexibleFrom: 12,
    });
    expect([2, 3, 11, 12].map((version) => isServed(apis.produce, version))).toEqual([false, true, true, false]);
  });

  it('ApiVersions lists what is handled and nothing else, Produce from 0', () => {
    expect(apiVersionsRows([apis.fetch, apis.produce, apis.apiVersions])).toEqual([
      { apiKey: 0, minVersion: 0, maxVersion: 11 },
      { apiKey: 1, minVersion: 4, maxVersion: 17 },
      { apiKey: 18, minVersion: 0, maxVersion: 4 },
    ]);
  });

  it('error codes are one run from -1 on, each with one name', () => {
    expect(errorTable.map(({ code }) => code)).toEqual(Array.from(errorTable, (_, index) => index - 1));
    expect(new Set(errorTable.map(({ name }) => name)).size).toBe(errorTable.length);
    expect(errorByCode(errorCodes.NOT_LEADER_OR_FOLLOWER)).toMatchObject({ code: 6, retriable: true });
    expect(errorByCode(9999)).toBeUndefined();
  });

  it('names of client software are told from others (KIP-511)', () => {
    expect(['kafkajs', 'librdkafka', 'a', 'apache-kafka-java', '2.15.0'].map(isClientSoftwareText)).toEqual(
      Array(5).fill(true),
    );
    expect(['', '-a', 'a-', 'a b', 'ü', 'a\n', '.'].map(isClientSoftwareText)).toEqual(Array(7).fill(false));
  });
});
