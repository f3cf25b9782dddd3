import { toError } from '@streambus/runtime';
import type { AnyChannel } from '../channel.ts';
import { countsOf } from '../counts.ts';
import type { NodeId } from '../options.ts';
import { type ReceiveDropCause, receiveDropCauses } from '../reasons.ts';
import type { MessageHandler } from '../transport.ts';

/** Who receives each channel, for all peers: by the channel's number here. */
export type HandlerTable = (MessageHandler<unknown> | undefined)[];

/** What comes on one channel from one peer. */
export class ChannelReceiver {
  readonly channel: AnyChannel;
  receivedMessages = 0;
  receivedBytes = 0;
  readonly drops: Record<ReceiveDropCause, number> = countsOf(receiveDropCauses);
  readonly #number: number;
  readonly #handlers: HandlerTable;

  constructor(channel: AnyChannel, number: number, handlers: HandlerTable) {
    this.channel = channel;
    this.#number = number;
    this.#handlers = handlers;
  }

  /** @returns why the message could not be decoded, if so */
  receive(from: NodeId, bytes: Uint8Array): Error | undefined {
    this.receivedMessages++;
    this.receivedBytes += bytes.length;
    const handler = this.#handlers[this.#number];
    if (handler === undefined) {
      this.drops['no-handler']++;
      return undefined;
    }
    let message: unknown;
    try {
      message = this.channel.codec.decode(bytes);
    } catch (thrown) {
      this.drops.undecodable++;
      return toError(thrown);
    }
    handler(from, message);
    return undefined;
  }
}
