import { describe, expect, it } from 'vitest';
import { OutgoingTransfer } from './outgoing-transfer.ts';

function transferOf(sizeBytes: number): OutgoingTransfer {
  return new OutgoingTransfer({ sizeBytes, pieceBytes: 10, windowBytes: 30, timeoutTicks: 3 });
}

const read = (position: number, lengthBytes: number) => [{ type: 'read', position, lengthBytes }];
const send = [{ type: 'send' }];
const ended = (reason?: string) => [{ type: 'end', reason }];

/** Reads and sends what there is to be read, as long as there is. @returns where it stands then */
function sendAll(transfer: OutgoingTransfer, first: ReturnType<OutgoingTransfer['onRead']>): number {
  let position = 0;
  for (let [effect] = first; effect?.type === 'read'; [effect] = transfer.onSent('queued')) {
    position = effect.position + effect.lengthBytes;
    expect(transfer.onRead()).toEqual(send);
  }
  return position;
}

describe('a snapshot on its way out', () => {
  it('is read and sent piece by piece, one at a time, from where the receiver wants it', () => {
    const transfer = transferOf(25);
    expect(transfer.onAccepted(7)).toEqual(read(7, 10));
    expect(transfer.onRead()).toEqual(send);
    expect(transfer.onSent('queued')).toEqual(read(17, 8));
    expect(transfer.onReceived(17)).toEqual([]);
    expect(transfer.onRead()).toEqual(send);
    expect(transfer.onSent('queued')).toEqual([]);
    expect(transfer.onReceived(25)).toEqual([]);
    expect([transfer.resumedFromBytes, transfer.receivedBytes, transfer.ended]).toEqual([7, 25, false]);
    expect(transfer.onDone()).toEqual(ended());
    expect(transfer.ended).toBe(true);
  });

  it('waits for the receiver when a window of it is under way', () => {
    const transfer = transferOf(1000);
    expect(sendAll(transfer, transfer.onAccepted(0))).toBe(30);
    expect(transfer.onReceived(0)).toEqual([]);
    expect(transfer.onReceived(10)).toEqual(read(30, 10));
    transfer.onRead();
    expect(transfer.onSent('queued')).toEqual([]);
    expect(sendAll(transfer, transfer.onReceived(40))).toBe(70);
  });

  it('sends a piece again when there is room, and reads none meanwhile', () => {
    const transfer = transferOf(100);
    transfer.onAccepted(0);
    transfer.onRead();
    expect(transfer.onRoom()).toEqual([]);
    expect(transfer.onSent('full')).toEqual([]);
    expect(transfer.onReceived(0)).toEqual([]);
    expect(transfer.onRoom()).toEqual(send);
    expect(transfer.onSent('queued')).toEqual(read(10, 10));
  });

  it('of which nothing is missing is done at once', () => {
    const transfer = transferOf(100);
    expect(transfer.onAccepted(100)).toEqual([]);
    expect(transfer.onDone()).toEqual(ended());
    expect(transferOf(100).onDone()).toEqual(ended());
  });

  it('has failed after so many ticks without progress, of which looking at what is there is one', () => {
    const transfer = transferOf(100);
    const tick = () => [1, 2, 3].map(() => transfer.onTick());
    expect(tick()).toEqual([[], [], []]);
    expect(transfer.onChecking()).toEqual([]);
    expect(tick()).toEqual([[], [], []]);
    transfer.onAccepted(60);
    expect(tick()).toEqual([[], [], []]);
    transfer.onRead();
    transfer.onSent('queued');
    transfer.onReceived(61);
    expect(tick()).toEqual([[], [], []]);
    transfer.onReceived(61);
    expect(transfer.onTick()).toEqual(ended('timeout'));
    expect([transfer.onTick(), transfer.onDone(), transfer.onRead(), transfer.onRoom()]).toEqual([[], [], [], []]);
  });

  it('has failed when it is refused or lost, once', () => {
    const transfer = transferOf(100);
    transfer.onAccepted(0);
    expect(transfer.onFailed('full')).toEqual(ended('full'));
    expect(transfer.onFailed('lost')).toEqual([]);
    const lost = transferOf(100);
    lost.onAccepted(0);
    lost.onRead();
    expect(lost.onSent('lost')).toEqual(ended('lost'));
  });

  it('has failed when the receiver says what cannot be', () => {
    expect(transferOf(100).onAccepted(101)).toEqual(ended('confused'));
    expect(transferOf(100).onReceived(0)).toEqual(ended('confused'));
    for (const bytes of [19, 21]) {
      const transfer = transferOf(100);
      transfer.onAccepted(20);
      expect(transfer.onReceived(bytes)).toEqual(ended('confused'));
    }
    const twice = transferOf(100);
    twice.onAccepted(0);
    expect(twice.onAccepted(0)).toEqual(ended('confused'));
  });
});
