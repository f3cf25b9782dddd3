import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFrom, concat } from '../../test/support/frame-bytes.ts';
import { refusalReasons } from '../reasons.ts';
import { decodeHandshake, encodeHello, encodeRefusal, type Handshake, type Hello, protocolVersion } from './hello.ts';
import { ProtocolViolation } from './protocol-violation.ts';

const aText = (minBytes: number, maxBytes: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', minLength: minBytes, maxLength: maxBytes }).filter((text) => {
    const { length } = new TextEncoder().encode(text);
    return length >= minBytes && length <= maxBytes && text.isWellFormed();
  });

const aUint32 = (min: number): fc.Arbitrary<number> => fc.integer({ min, max: 2 ** 32 - 1 });

const aHello: fc.Arbitrary<Hello> = fc.record({
  minVersion: fc.nat(protocolVersion),
  maxVersion: fc.integer({ min: protocolVersion, max: 255 }),
  clusterId: aText(1, 255),
  nodeId: fc.maxSafeNat(),
  meantNodeId: fc.maxSafeNat(),
  incarnation: fc.maxSafeNat(),
  instance: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  features: aUint32(0),
  maxMessageBytes: aUint32(1),
  idleTimeoutMs: aUint32(1),
  channelNames: fc.uniqueArray(aText(1, 64), { maxLength: 64 }),
});

const someHello: Hello = {
  minVersion: 1,
  maxVersion: 1,
  clusterId: 'c',
  nodeId: 1,
  meantNodeId: 2,
  incarnation: 3,
  instance: bytesFrom(1, 8),
  features: 5,
  maxMessageBytes: 6,
  idleTimeoutMs: 7,
  channelNames: ['raft', 'bulk'],
};

/** A handshake message with any body. */
function handshake(type: number, body: Uint8Array): Uint8Array {
  return concat([new TextEncoder().encode('SBTP'), Uint8Array.of(type, body.length >>> 8, body.length), body]);
}

/** The hello with some bytes of its body replaced, which begins behind seven bytes of header. */
function helloWith(at: number, ...bytes: number[]): Uint8Array {
  const encoded = Uint8Array.from(encodeHello(someHello));
  encoded.set(bytes, 7 + at);
  return encoded;
}

function decodeWhole(bytes: Uint8Array): Handshake {
  const decoded = decodeHandshake(bytes);
  if (decoded === undefined) throw new Error('there is more to come');
  expect(decoded.length).toBe(bytes.length);
  return decoded.handshake;
}

describe('a hello', () => {
  it('comes back as it was, whatever its texts and numbers', () => {
    fc.assert(
      fc.property(aHello, (hello) => {
        expect(decodeWhole(encodeHello(hello))).toEqual({ type: 'hello', hello });
      }),
      {
        examples: [
          [{ ...someHello, clusterId: '\uFEFFbegins with a byte order mark' }],
          [{ ...someHello, channelNames: ['\uFEFF', 'a'] }],
        ],
      },
    );
  });

  it('is not there before its last byte, and what follows it is left alone', () => {
    fc.assert(
      fc.property(aHello, fc.uint8Array({ maxLength: 20 }), (hello, rest) => {
        const encoded = encodeHello(hello);
        for (let end = 0; end < encoded.length; end += end < 16 ? 1 : 97)
          expect(decodeHandshake(encoded.subarray(0, end))).toBeUndefined();
        expect(decodeHandshake(encoded.subarray(0, -1))).toBeUndefined();
        expect(decodeHandshake(concat([encoded, rest]))).toEqual({
          handshake: { type: 'hello', hello },
          length: encoded.length,
        });
      }),
      { numRuns: 50 },
    );
  });

  it('keeps nothing of the memory in which it came', () => {
    const encoded = Uint8Array.from(encodeHello(someHello));
    const decoded = decodeWhole(encoded);
    encoded.fill(0xff);
    expect(decoded).toEqual({ type: 'hello', hello: someHello });
  });

  it('of a later version may say more behind what is known here', () => {
    const body = encodeHello({ ...someHello, maxVersion: 9 }).subarray(7);
    expect(decodeWhole(handshake(1, concat([body, bytesFrom(0, 100)])))).toMatchObject({
      hello: { maxVersion: 9, channelNames: ['raft', 'bulk'] },
    });
  });

  it.each([
    ['later ones only', 2, 9],
    ['earlier ones only', 0, 0],
    ['none', 9, 2],
  ])(
    'of versions that are not spoken here, %s, gives the versions and nothing else',
    (_which, minVersion, maxVersion) => {
      expect(decodeWhole(handshake(1, Uint8Array.of(minVersion, maxVersion, 0xff, 0xff)))).toMatchObject({
        hello: { minVersion, maxVersion, clusterId: '', channelNames: [] },
      });
    },
  );
});

describe('a refusal', () => {
  it('comes back with its reason and detail', () => {
    fc.assert(
      fc.property(fc.constantFrom(...refusalReasons), aText(0, 255), (reason, detail) => {
        expect(decodeWhole(encodeRefusal({ reason, detail }))).toEqual({
          type: 'refusal',
          refusal: { reason, detail },
        });
      }),
    );
  });

  it('cuts a long detail between characters', () => {
    const decoded = decodeWhole(encodeRefusal({ reason: 'self', detail: `${'x'.repeat(253)}€${'y'.repeat(99)}` }));
    expect(decoded).toEqual({ type: 'refusal', refusal: { reason: 'self', detail: 'x'.repeat(253) } });
  });

  it('with a reason of a later version keeps its words', () => {
    const decoded = decodeWhole(handshake(2, Uint8Array.of(99, 2, 0x6e, 0x6f)));
    expect(decoded).toEqual({ type: 'refusal', refusal: { reason: 'malformed', detail: 'reason 99: no' } });
  });

  it('of a later version may say more', () => {
    expect(decodeWhole(handshake(2, Uint8Array.of(1, 0, 7, 7, 7)))).toEqual({
      type: 'refusal',
      refusal: { reason: 'malformed', detail: '' },
    });
  });
});

describe('what is no handshake is refused with the byte that shows it', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const garbage: readonly [what: string, bytes: Uint8Array, message: string][] = [
    ['another protocol', text('GET / HTTP/1.1\r\n'), 'the connection does not begin with the magic number'],
    ['a wrong last byte of the magic number', text('SBTQ'), 'the connection does not begin with the magic number'],
    ['a frame', Uint8Array.of(1, 0, 0, 0, 0), 'the connection does not begin with the magic number'],
    ['a type that there is not', Uint8Array.of(...text('SBTP'), 3), 'a handshake of type 3'],
    [
      'a length that is surely too large',
      Uint8Array.of(...text('SBTP'), 1, 0x21),
      'a handshake of 8448 bytes; at most 8192 are allowed',
    ],
    [
      'a length that is one too large',
      Uint8Array.of(...text('SBTP'), 2, 0x20, 0x01),
      'a handshake of 8193 bytes; at most 8192 are allowed',
    ],
    ['a hello without its versions', handshake(1, new Uint8Array(0)), '0 bytes where at least 1 are needed'],
    ['a hello that ends early', handshake(1, Uint8Array.of(1, 1, 200, 65)), '4 bytes where at least 203 are needed'],
    ['a cluster id that is no UTF-8', helloWith(3, 0xff), 'the cluster id is no UTF-8'],
    [
      'a node id that is too large',
      helloWith(4, 0x00, 0x20, 0, 0, 0, 0, 0, 0),
      'the node id is 9007199254740992; at most 2^53-1 is allowed',
    ],
    [
      'a meant node id that is too large',
      helloWith(12, 0x00, 0x20, 0, 0, 0, 0, 0, 0),
      'the meant node id is 9007199254740992; at most 2^53-1 is allowed',
    ],
    [
      'an incarnation that is too large',
      helloWith(20, 0xff),
      'the incarnation is 18374686479671624000; at most 2^53-1 is allowed',
    ],
    ['a largest message of 0 bytes', helloWith(40, 0, 0, 0, 0), 'maxMessageBytes is 0'],
    ['an idle time-out of 0', helloWith(44, 0, 0, 0, 0), 'idleTimeoutMs is 0'],
    ['too many channels', helloWith(48, 65), '65 channels; at most 64 are allowed'],
    ['more channels than there are names', helloWith(48, 3), '59 bytes where at least 60 are needed'],
    [
      'two channels with one name',
      encodeHello({ ...someHello, channelNames: ['a', 'b', 'a'] }),
      'two channels have the same name',
    ],
    ['a refusal without a reason', handshake(2, new Uint8Array(0)), '0 bytes where at least 1 are needed'],
    ['a refusal that ends early', handshake(2, Uint8Array.of(1, 5, 65)), '3 bytes where at least 7 are needed'],
    ['a refusal that is no UTF-8', handshake(2, Uint8Array.of(1, 1, 0x80)), 'the detail of a refusal is no UTF-8'],
  ];

  it.each(garbage)('%s', (_what, bytes, message) => {
    expect(() => decodeHandshake(bytes)).toThrow(new ProtocolViolation(message));
    // What shows it is the last byte, unless it is the first.
    if (bytes[0] === 0x53) expect(decodeHandshake(bytes.subarray(0, -1))).toBeUndefined();
    else expect(() => decodeHandshake(bytes.subarray(0, 1))).toThrow(ProtocolViolation);
  });

  it('any change of a hello is read or refused, and nothing else', () => {
    const encoded = encodeHello(someHello);
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.nat(255), fc.nat(encoded.length), (at, byte, end) => {
        const changed = Uint8Array.from(encoded);
        changed[at] = byte;
        try {
          decodeHandshake(changed.subarray(0, end));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtocolViolation);
        }
      }),
    );
  });
});
