import { describe, expect, it } from 'vitest';
import { IncomingTransfer } from './incoming-transfer.ts';

const bytes = (count: number) => new Uint8Array(count);

function transferOf(sizeBytes: number): IncomingTransfer {
  return new IncomingTransfer({ sizeBytes, maxQueuedBytes: 40 });
}

describe('a snapshot on its way in', () => {
  it('is written as it comes, and said to be received as it is written', () => {
    const transfer = transferOf(30);
    expect(transfer.onPrepared(0)).toEqual([{ type: 'accept', position: 0 }]);
    expect(transfer.onPiece(0, bytes(10))).toEqual([{ type: 'write', pieces: [bytes(10)] }]);
    expect(transfer.onPiece(10, bytes(5))).toEqual([]);
    expect(transfer.onPiece(15, bytes(5))).toEqual([]);
    expect(transfer.onWritten()).toEqual([
      { type: 'received', bytes: 10 },
      { type: 'write', pieces: [bytes(5), bytes(5)] },
    ]);
    expect(transfer.onPiece(20, bytes(10))).toEqual([]);
    expect(transfer.onWritten()[0]).toEqual({ type: 'received', bytes: 20 });
    expect(transfer.onWritten()).toEqual([{ type: 'received', bytes: 30 }, { type: 'complete' }]);
    expect(transfer.onCompleted()).toEqual([{ type: 'deliver' }]);
    expect([transfer.ended, transfer.receivedBytes]).toEqual([true, 30]);
  });

  it('goes on where it was', () => {
    const transfer = transferOf(30);
    expect(transfer.onPrepared(20)).toEqual([{ type: 'accept', position: 20 }]);
    transfer.onPiece(20, bytes(10));
    expect(transfer.onWritten()).toEqual([{ type: 'received', bytes: 30 }, { type: 'complete' }]);
    expect(transfer.resumedFromBytes).toBe(20);
  });

  it('that is there already is looked at, and nothing of it is sent', () => {
    expect(transferOf(30).onPrepared(30)).toEqual([{ type: 'accept', position: 30 }, { type: 'complete' }]);
  });

  it.each([
    ['a gap', 21, 5],
    ['a piece that came before', 19, 5],
    ['more than there is', 20, 11],
  ])('with %s is refused', (_, position, count) => {
    const transfer = transferOf(30);
    transfer.onPrepared(20);
    expect(transfer.onPiece(position, bytes(count))).toEqual([{ type: 'refuse', reason: 'failed' }]);
    expect(transfer.ended).toBe(true);
  });

  it('before it was accepted, or faster than it is written, is refused', () => {
    expect(transferOf(30).onPiece(0, bytes(1))).toEqual([{ type: 'refuse', reason: 'failed' }]);
    const transfer = transferOf(100);
    transfer.onPrepared(0);
    transfer.onPiece(0, bytes(20));
    expect(transfer.onPiece(20, bytes(20))).toEqual([]);
    expect(transfer.onPiece(40, bytes(1))).toEqual([{ type: 'refuse', reason: 'failed' }]);
  });

  it('that has ended does nothing more', () => {
    const transfer = transferOf(30);
    transfer.onPrepared(0);
    expect(transfer.onFailed('damaged')).toEqual([{ type: 'refuse', reason: 'damaged' }]);
    transfer.onLost();
    const after = [
      transfer.onFailed('full'),
      transfer.onWritten(),
      transfer.onPiece(0, bytes(1)),
      transfer.onCompleted(),
    ];
    expect([...after, transfer.onPrepared(0)]).toEqual([[], [], [], [], []]);
  });
});
