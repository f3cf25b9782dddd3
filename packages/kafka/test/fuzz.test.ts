import {
  type Api,
  apiByKey,
  apiList,
  createCompression,
  createFrameCutter,
  decodeRecords,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRecordBatch,
  encodeRequest,
  KafkaError,
  type RequestInputOf,
  validateBatch,
  versionsOf,
} from '@streambus/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageArbitrary } from './message-arbitrary.ts';

const compression = createCompression();
const codecs = await Promise.all((['gzip', 'snappy', 'lz4', 'zstd'] as const).map((type) => compression.load(type)));

/** Runs it; anything but a KafkaError that it throws fails the test. */
function survives(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
  }
}

/** What a broker does with whatever a peer sends. */
function receive(bytes: Uint8Array): void {
  for (const frame of createFrameCutter({ maxFrameBytes: 1_000_000 }).push(bytes)) {
    const header = decodeRequestHeader(frame);
    const api = apiByKey(header.apiKey);
    if (api !== undefined) decodeRequest(api, header.apiVersion, frame, header.bodyStart);
  }
}

const anyApi: fc.Arbitrary<[Api, number]> = fc.constantFrom(...apiList).chain((api) => {
  const { minVersion, maxVersion } = versionsOf(api);
  return fc.tuple(fc.constant(api), fc.integer({ min: minVersion, max: maxVersion }));
});

/** Well-formed requests of every API and version; sampled once, as making one takes longer than reading a hundred. */
const requestFrames: readonly Buffer[] = apiList.flatMap((api) => {
  const { minVersion, maxVersion } = versionsOf(api);
  const versions = Array.from({ length: maxVersion - minVersion + 1 }, (_, index) => minVersion + index);
  return versions.flatMap((version) =>
    fc.sample(messageArbitrary(api.request, version), 3).map((message) => {
      // The types of a message whose API is only known at run time say nothing.
      const request = message as RequestInputOf<Api>;
      return Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'fuzz' }, request));
    }),
  );
});

const wildInteger = fc.constantFrom(0x7fffffff, -0x80000000, -1, -2, 0, 1, 0x00ffffff, 0x7fff0000);
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('int32' as const), at: fc.nat(), value: wildInteger }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.constant(0) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), value: fc.nat(20) }),
);

function mutate(
  bytes: Buffer,
  changes: readonly { kind: string; at: number; value: number }[],
  fixLength: boolean,
): Buffer {
  let copy = Buffer.from(bytes);
  for (const { kind, at, value } of changes) {
    const place = at % Math.max(copy.length, 1);
    if (kind === 'byte') copy[place] = value;
    if (kind === 'int32' && copy.length >= place + 4) copy.writeInt32BE(value, place);
    if (kind === 'cut') copy = copy.subarray(0, place);
    if (kind === 'repeat') {
      copy = Buffer.concat([copy.subarray(0, place), Buffer.alloc(value, copy[place] ?? 0), copy.subarray(place)]);
    }
  }
  if (fixLength && copy.length >= 4) copy.writeInt32BE(copy.length - 4, 0);
  return copy;
}

describe('whatever is sent', () => {
  it('frames of every API and version, changed anywhere, throw nothing but a KafkaError', () => {
    const property = fc.property(
      fc.constantFrom(...requestFrames),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (frame, changes, fixLength) => survives(() => receive(mutate(frame, changes, fixLength))),
    );
    fc.assert(property, { numRuns: 6000 });
  });

  it('noise as a body of every API and version, either direction', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.constantFrom(0, 1, 2, 127, 128, 255), { maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
    );
    const property = fc.property(anyApi, noise, ([api, version], bytes) => {
      survives(() => decodeRequest(api, version, bytes, 0));
      survives(() => decodeResponse(api, version, bytes, 0));
    });
    fc.assert(property, { numRuns: 6000 });
  });

  it('costs memory in proportion to its own bytes', () => {
    // The densest there is: two bytes make an object. A few hundred bytes of memory each, and never more.
    const bytes = Buffer.alloc(60_000, 1);
    let worst = 0;
    for (const api of apiList) {
      const { maxVersion } = versionsOf(api);
      for (const first of [0xff, 0x90, 0x81]) {
        bytes.set([first, 0xff, 0x02], 0);
        const before = process.memoryUsage();
        survives(() => decodeRequest(api, maxVersion, bytes, 0));
        const after = process.memoryUsage();
        worst = Math.max(worst, after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers);
      }
    }
    expect(worst).toBeLessThan(300 * bytes.length);
  });

  it('record batches of every compression, changed anywhere, are refused or read, never worse', () => {
    const property = fc.property(
      fc.constantFrom(undefined, ...codecs),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (codec, changes) => {
        const options = codec === undefined ? {} : { codec };
        const records = Array.from({ length: 5 }, (_, index) => ({
          key: `key ${index}`,
          value: 'value '.repeat(index),
        }));
        const batch = mutate(Buffer.from(encodeRecordBatch(records, options)), changes, false);
        survives(() => validateBatch(batch, 0, { maxBatchBytes: 1_000_000 }));
        // Not validated, as from a log that is damaged.
        survives(() => [...decodeRecords(batch, 0, { ...options, maxDecompressedBytes: 100_000 })]);
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });
});
