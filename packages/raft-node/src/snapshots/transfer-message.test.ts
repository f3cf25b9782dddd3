import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPiece,
  decodeTransfer,
  encodeTransfer,
  refusalReasons,
  type TransferMessage,
} from './transfer-message.ts';

type Encodable = Exclude<TransferMessage, { type: 'piece' }>;

const number = fc.maxSafeNat();
const transferMessage: fc.Arbitrary<Encodable> = fc.oneof(
  fc.record({
    type: fc.constant('offer' as const),
    transfer: number,
    sizeBytes: number,
    checksum: number,
    message: fc.uint8Array(),
  }),
  fc.record({ type: fc.constant('received' as const), transfer: number, bytes: number }),
  fc.record({ type: fc.constant('accept' as const), transfer: number, position: number }),
  fc.record({ type: fc.constantFrom('cancel' as const, 'checking' as const, 'done' as const), transfer: number }),
  fc.record({ type: fc.constant('refuse' as const), transfer: number, reason: fc.constantFrom(...refusalReasons) }),
);

describe('a message about a transfer', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(transferMessage, (message) => {
        expect(decodeTransfer(encodeTransfer(message))).toEqual(message);
      }),
    );
  });

  it('with a piece has room for it in its place', () => {
    fc.assert(
      fc.property(number, number, fc.uint8Array(), (transfer, position, content) => {
        const { bytes, data } = createPiece(transfer, position, content.length);
        data.set(content);
        const read = decodeTransfer(bytes);
        expect(read).toEqual({ type: 'piece', transfer, position, data: content });
      }),
    );
  });

  it('of a type that is not known, cut off, or with something after its end is none', () => {
    expect(decodeTransfer(Uint8Array.of())).toBeUndefined();
    expect(decodeTransfer(Uint8Array.of(99, 1))).toBeUndefined();
    expect(
      decodeTransfer(encodeTransfer({ type: 'accept', transfer: 300, position: 4 }).subarray(0, 2)),
    ).toBeUndefined();
    expect(decodeTransfer(Uint8Array.of(...encodeTransfer({ type: 'done', transfer: 3 }), 0))).toBeUndefined();
  });

  it('with any bytes is read or is none', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        decodeTransfer(bytes);
      }),
    );
  });
});
