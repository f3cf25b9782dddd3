import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asDecoded, messageArbitrary, withPlainBytes } from '../../test/message-arbitrary.ts';
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../apis/consumer-protocol.ts';
import { KafkaError } from '../kafka-error.ts';
import { apiList, versionsOf } from '../schema/registry.ts';
import { compiledDecoder, compiledEncoder, type Layout, plainDecoder, plainEncoder } from './body.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { Decode } from './compile-decode.ts';
import type { Encode } from './compile-encode.ts';
import { requestLayout, responseLayout } from './messages.ts';

const writer = new ChunkWriter();

function encoded(encode: Encode, message: unknown): Buffer {
  return Buffer.concat(writer.collect((target) => encode(target, message)));
}

/** The value that a decoder gives, or the code of the error it throws; anything else thrown fails the test. */
function outcome(decode: Decode, bytes: Buffer, maxElements = 10_000): unknown {
  try {
    return withPlainBytes(decode(bytes, 0, maxElements, true));
  } catch (error) {
    if (error instanceof KafkaError) return 'refused';
    throw error;
  }
}

function layoutsOf(name: string): Layout[] {
  const api = apiList.find((candidate) => candidate.name === name);
  if (api === undefined) return [];
  const { minVersion, maxVersion } = versionsOf(api);
  const versions = Array.from({ length: maxVersion - minVersion + 1 }, (_, index) => minVersion + index);
  return versions.flatMap((version) => [requestLayout(api, version), responseLayout(api, version)]);
}

const consumerProtocol: Layout[] = [consumerProtocolSubscription, consumerProtocolAssignment].flatMap((schema) =>
  [0, 1, 2, 3].map((version) => ({ what: schema.name, fields: schema.fields, version, flexible: false })),
);

const cases: [name: string, layouts: Layout[]][] = [
  ...apiList.map((api): [string, Layout[]] => [api.name, layoutsOf(api.name)]),
  ['ConsumerProtocol', consumerProtocol],
];

describe('compiled codecs and their plain twins, every version, both directions', () => {
  it.each(cases)('%s: write the same bytes, and both read back what was written', (_, layouts) => {
    for (const layout of layouts) {
      const [fast, plain] = [compiledEncoder(layout), plainEncoder(layout)];
      const [fastDecode, plainDecode] = [compiledDecoder(layout), plainDecoder(layout)];
      const property = fc.property(messageArbitrary(layout.fields, layout.version), (message) => {
        const bytes = encoded(fast, message);
        expect(bytes.equals(encoded(plain, message)), `${layout.what} v${layout.version}`).toBe(true);
        const expected = withPlainBytes(asDecoded(layout.fields, layout.version, message));
        const [ours, twin] = [outcome(fastDecode, bytes), outcome(plainDecode, bytes)];
        if (!isDeepStrictEqual(ours, expected)) expect(ours).toEqual(expected);
        if (!isDeepStrictEqual(twin, expected)) expect(twin).toEqual(expected);
        expect(outcome(fastDecode, bytes, 2)).toEqual(outcome(plainDecode, bytes, 2));
      });
      fc.assert(property, { numRuns: 5 });
    }
  });

  it.each(cases)('%s: agree on bytes that were changed, cut off or added to', (_, layouts) => {
    for (const layout of layouts) {
      const [fastDecode, plainDecode] = [compiledDecoder(layout), plainDecoder(layout)];
      const encode = plainEncoder(layout);
      const property = fc.property(
        messageArbitrary(layout.fields, layout.version),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 127, 128, 255)), { maxLength: 3 }),
        fc.integer({ min: -3, max: 2 }),
        (message, changes, lengthChange) => {
          const bytes = mutated(encoded(encode, message), changes, lengthChange);
          const [ours, twin] = [outcome(fastDecode, bytes), outcome(plainDecode, bytes)];
          if (!isDeepStrictEqual(ours, twin)) expect(ours).toEqual(twin);
        },
      );
      fc.assert(property, { numRuns: 8 });
    }
  });

  it.each(cases)('%s: agree on values that are not of their field’s type', (_, layouts) => {
    for (const layout of layouts) {
      const [fast, plain] = [compiledEncoder(layout), plainEncoder(layout)];
      const wrong = fc.constantFrom(
        undefined,
        null,
        Number.NaN,
        1.5,
        2 ** 53,
        'x',
        true,
        [],
        {},
        [null],
        new Uint8Array(1),
      );
      const property = fc.property(
        messageArbitrary(layout.fields, layout.version),
        fc.nat(),
        wrong,
        (message, at, value) => {
          const names = Object.keys(layout.fields);
          const broken = { ...message, [names[at % names.length] ?? '']: value };
          expect(encodedOrRefused(fast, broken)).toEqual(encodedOrRefused(plain, broken));
        },
      );
      fc.assert(property, { numRuns: 5 });
    }
  });
});

function encodedOrRefused(encode: Encode, message: unknown): string {
  try {
    return encoded(encode, message).toString('hex');
  } catch (error) {
    if (error instanceof KafkaError) return error.code;
    throw error;
  }
}

function mutated(bytes: Buffer, changes: [at: number, byte: number][], lengthChange: number): Buffer {
  const copy = Buffer.concat([bytes, Buffer.alloc(2)]).subarray(0, Math.max(0, bytes.length + lengthChange));
  for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
  return copy;
}
