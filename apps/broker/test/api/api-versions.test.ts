import { apiByKey, apis, decodeResponse, decodeResponseHeader, encodeRequest, isServed } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { servedVersions } from './protocol-client.ts';
import { errorName, given, useBroker } from './test-broker.ts';

const software = { clientSoftwareName: 'a-client', clientSoftwareVersion: '1.0' };

/** The header of a request as an old client writes it, with a version of nobody's. */
function unknownVersion(version: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 8 + 2);
  header.writeInt32BE(8 + 2 + body.length, 0);
  header.writeInt16BE(18, 4);
  header.writeInt16BE(version, 6);
  header.writeInt32BE(77_777, 8);
  header.writeInt16BE(-1, 12);
  return Buffer.concat([header, body]);
}

describe('ApiVersions', () => {
  const test = useBroker();

  it.each(servedVersions(apis.apiVersions))('v%i lists what is served', async (version) => {
    const answer = await test.client.call(apis.apiVersions, version, software);
    expect(answer.errorCode).toBe(0);
    const rows = new Map(answer.apiKeys.map((row) => [row.apiKey, [row.minVersion, row.maxVersion]]));
    expect(Object.fromEntries(rows)).toEqual({
      0: [0, 11],
      1: [4, 17],
      2: [0, 9],
      3: [0, 13],
      8: [0, 9],
      9: [0, 9],
      10: [0, 6],
      11: [0, 9],
      12: [0, 4],
      13: [0, 5],
      14: [0, 5],
      15: [0, 5],
      16: [0, 5],
      18: [0, 4],
      19: [0, 7],
      20: [0, 6],
      21: [0, 2],
      22: [0, 5],
      23: [0, 4],
      32: [0, 4],
      33: [0, 2],
      35: [0, 4],
      37: [0, 3],
      42: [0, 2],
      44: [0, 1],
      47: [0, 0],
      60: [0, 1],
      61: [0, 0],
    });
  });

  it('neither transactions nor sessions of SASL, KIP-848 groups, share groups or telemetry are listed', async () => {
    const { apiKeys } = await test.client.call(apis.apiVersions, 4, software);
    const keys = new Set(apiKeys.map(({ apiKey }) => apiKey));
    for (const key of [17, 24, 25, 26, 28, 29, 36, 65, 66, 68, 69, 71, 72, 76, 77, 78, 79])
      expect(keys.has(key)).toBe(false);
  });

  it.each([5, 99, 32_767])(
    'v%i, which nobody knows, is answered in the v0 body with the row of ApiVersions',
    async (version) => {
      const client = await test.connect();
      client.write(unknownVersion(version, Buffer.from([0, 2, 0x61, 2, 0x31, 0])));
      const frame = await client.nextFrame();
      const { correlationId, bodyStart } = decodeResponseHeader(apis.apiVersions, 0, frame);
      expect(correlationId).toBe(77_777);
      const answer = decodeResponse(apis.apiVersions, 0, frame, bodyStart);
      expect(errorName(answer.errorCode)).toBe('UNSUPPORTED_VERSION');
      expect(answer.apiKeys).toEqual([expect.objectContaining({ apiKey: 18, minVersion: 0, maxVersion: 4 })]);
      // The same connection goes on with a version that is known.
      expect((await client.call(apis.apiVersions, 3, software)).errorCode).toBe(0);
    },
  );

  it.each(['', ' ', '-a', 'a-', 'a b', 'ä', 'a/b'])('refuses a client that calls itself %j', async (name) => {
    for (const version of servedVersions(apis.apiVersions, 3)) {
      for (const body of [
        { ...software, clientSoftwareName: name },
        { ...software, clientSoftwareVersion: name },
      ]) {
        const answer = await test.client.call(apis.apiVersions, version, body);
        expect(errorName(answer.errorCode)).toBe('INVALID_REQUEST');
      }
    }
  });

  it('a version of another API that is not served ends the connection, and no other', async () => {
    for (const [api, version] of [
      [apis.produce, 2],
      [apis.fetch, 3],
    ] as const) {
      const client = await test.connect();
      const body = {
        acks: 1,
        timeoutMs: 1,
        topicData: [],
        maxWaitMs: 0,
        minBytes: 0,
        topics: [],
        forgottenTopicsData: [],
      };
      client.write(Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: null }, body)));
      await client.ended;
    }
    expect((await test.client.call(apis.apiVersions, 0, software)).errorCode).toBe(0);
  });

  it('whatever is listed has a schema, and is served but for old formats of Produce', async () => {
    const { apiKeys } = await test.client.call(apis.apiVersions, 4, software);
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      const api = given(apiByKey(apiKey));
      const refused = [];
      for (let version = minVersion; version <= maxVersion; version++)
        if (!isServed(api, version)) refused.push(version);
      expect(refused).toEqual(apiKey === 0 ? [0, 1, 2] : []);
    }
  });
});
