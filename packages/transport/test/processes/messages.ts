/** What came on a channel from a peer. */
export interface Receipt {
  readonly messages: number;
  readonly bytes: number;
  /** The number of the last message. */
  readonly last: number;
  /** Messages whose number was not above the one before. */
  readonly misplaced: number;
  /** Numbers that were passed over. */
  readonly missing: number;
  /** Messages whose bytes are not those that were sent. */
  readonly corrupt: number;
}

/** Bytes of the number at the beginning of each message. */
const sequenceBytes = 4;

/** A message of which each byte follows from its number and its size. */
export function createMessage(sequence: number, messageBytes: number): Uint8Array {
  const message = Buffer.alloc(Math.max(sequenceBytes, messageBytes), sequence % 251);
  message.writeUInt32BE(sequence, 0);
  return message;
}

const nothing: Receipt = { messages: 0, bytes: 0, last: -1, misplaced: 0, missing: 0, corrupt: 0 };

/** Keeps the books on what is received. */
export class ReceiptBook {
  readonly #receipts = new Map<string, Receipt>();
  readonly #waiters = new Set<() => boolean>();

  receipt(from: number, channel: string): Receipt {
    return this.#receipts.get(`${from} ${channel}`) ?? nothing;
  }

  note(from: number, channel: string, message: Uint8Array): void {
    const before = this.receipt(from, channel);
    const sequence = new DataView(message.buffer, message.byteOffset).getUint32(0);
    const intact = Buffer.compare(message, createMessage(sequence, message.length)) === 0;
    this.#receipts.set(`${from} ${channel}`, {
      messages: before.messages + 1,
      bytes: before.bytes + message.length,
      last: sequence,
      misplaced: before.misplaced + (sequence > before.last ? 0 : 1),
      missing: before.missing + Math.max(0, sequence - before.last - 1),
      corrupt: before.corrupt + (intact ? 0 : 1),
    });
    for (const waiter of this.#waiters) if (waiter()) this.#waiters.delete(waiter);
  }

  whenReceived(from: number, channel: string, messages: number): Promise<Receipt> {
    return new Promise((resolve) => {
      const check = (): boolean => {
        const receipt = this.receipt(from, channel);
        if (receipt.messages < messages) return false;
        resolve(receipt);
        return true;
      };
      if (!check()) this.#waiters.add(check);
    });
  }
}
