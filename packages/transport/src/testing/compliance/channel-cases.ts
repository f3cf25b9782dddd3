import { type Codec, defineChannel } from '../../channel.ts';
import { numbered, textChannel } from './channels.ts';
import { check, checkEqual, checkRefusal } from './checks.ts';
import type { TransportComplianceCase } from './context.ts';
import { defineCase } from './define-case.ts';

const text = textChannel('text');
const extra = textChannel('extra');
const never = 600_000;

/** Refuses to encode a text that says so, and to decode one. */
const fussyCodec: Codec<string> = {
  encode(message) {
    if (message === 'not encodable') throw new Error('not encodable');
    return new TextEncoder().encode(message);
  },
  decode(bytes) {
    const message = new TextDecoder().decode(bytes);
    if (message === 'not decodable') throw new Error('not decodable');
    return message;
  },
};

/** What a channel's user does wrong, or its other side does not have. */
export const channelCases: readonly TransportComplianceCase[] = [
  defineCase('Channels: no-such-channel for one that the peer does not have; the others go on', async (network) => {
    const low = network.node({ nodeId: 1, channels: [extra, text] });
    const high = network.node({ nodeId: 2, channels: [text] });
    await network.connect([low, high]);
    checkEqual(low.transport.send(2, extra, 'lost'), 'no-such-channel', 'send');
    low.transport.send(2, text, 'found');
    await network.untilReceived(high, text, 1);
    checkEqual(low.channelMetrics(2, extra).sendDrops['no-such-channel'], 1, 'drops that are counted');
  }),

  defineCase('Channels: what waited for a peer that does not have the channel is dropped', async (network) => {
    const high = network.node({ nodeId: 2, channels: [extra, text], breakerOpensAfterMs: never });
    const low = network.node({ nodeId: 1, channels: [text] });
    await high.transport.start();
    high.transport.setPeers([{ id: 1, address: network.nowhere }]);
    checkEqual(high.transport.send(1, extra, 'lost'), 'queued', 'send while nothing is known of the peer');
    high.transport.send(1, text, 'found');
    await low.transport.start();
    low.transport.setPeers([high.asPeer]);
    await network.untilReceived(low, text, 1);
    const { sendDrops, queuedMessages } = high.channelMetrics(1, extra);
    checkEqual([sendDrops['no-such-channel'], queuedMessages], [1, 0], 'what was dropped, and what still waits');
  }),

  defineCase('Channels: one that was not given at construction is refused by send and receive', async (network) => {
    const [low] = await network.pair([text]);
    await checkRefusal(() => low.transport.send(2, extra, 'lost'), undefined, 'send on another channel');
    await checkRefusal(() => low.transport.receive(extra, () => {}), undefined, 'receive of another channel');
  }),

  defineCase('Channels: a second handler is refused', async (network) => {
    const node = network.node({ nodeId: 1, channels: [text] });
    await checkRefusal(() => node.transport.receive(text, () => {}), 'TRANSPORT_STATE', 'a second receive');
  }),

  defineCase(
    'Channels: what arrives without a handler is dropped and counted; the next channel goes on',
    async (network) => {
      const low = network.node({ nodeId: 1, channels: [extra, text] });
      const high = network.node({ nodeId: 2, channels: [extra, text] }, [extra]);
      await network.connect([low, high]);
      low.transport.send(2, extra, 'nobody');
      await network.until('it is counted', () => high.channelMetrics(1, extra).receiveDrops['no-handler'] === 1);
      low.transport.send(2, text, 'somebody');
      await network.untilReceived(high, text, 1);
      high.receives(extra);
      low.transport.send(2, extra, 'somebody now');
      await network.untilReceived(high, extra, 1);
      checkEqual(high.messages(extra), ['somebody now'], 'node 2 receives once there is a handler');
    },
  ),

  defineCase('Channels: a message that cannot be decoded is dropped and counted; the next arrives', async (network) => {
    const fussy = defineChannel({ name: 'fussy', codec: fussyCodec });
    const [low, high] = await network.pair([fussy]);
    for (const message of ['one', 'not decodable', 'two']) low.transport.send(2, fussy, message);
    await network.untilReceived(high, fussy, 2);
    checkEqual(high.messages(fussy), ['one', 'two'], 'node 2 receives');
    const { receiveDrops, receivedMessages } = high.channelMetrics(1, fussy);
    checkEqual([receiveDrops.undecodable, receivedMessages], [1, 3], 'dropped, and received on the whole');
    checkEqual(high.heard('down'), 0, 'connections lost by that');
  }),

  defineCase('Channels: what a codec throws at send comes out of it, and nothing else suffers', async (network) => {
    const fussy = defineChannel({ name: 'fussy', codec: fussyCodec });
    const [low, high] = await network.pair([fussy]);
    low.transport.send(2, fussy, 'one');
    await checkRefusal(
      () => low.transport.send(2, fussy, 'not encodable'),
      undefined,
      'send of what cannot be encoded',
    );
    low.transport.send(2, fussy, 'two');
    await network.untilReceived(high, fussy, 2);
    checkEqual(high.messages(fussy), ['one', 'two'], 'node 2 receives');
  }),

  defineCase('Channels: 64 of them at once', async (network) => {
    const channels = numbered(1, 64).map((name) => textChannel(`channel ${name}`));
    const [low, high] = await network.pair(channels);
    for (const channel of channels) low.transport.send(2, channel, channel.name);
    await network.until('all arrive', () => high.received.length === channels.length);
    check(
      high.received.every(({ channel, message }) => channel === message),
      'each message arrives on its own channel',
    );
  }),
];
