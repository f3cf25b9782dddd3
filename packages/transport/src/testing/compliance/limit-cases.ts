import { bytesChannel, numbered, patterned, textChannel } from './channels.ts';
import { check, checkBytes, checkEqual } from './checks.ts';
import type { TransportComplianceCase } from './context.ts';
import { defineCase } from './define-case.ts';

const bytes = bytesChannel('bytes');

/** So long that no breaker opens while a case waits. */
const never = 600_000;

/** What is too much, and who goes first. */
export const limitCases: readonly TransportComplianceCase[] = [
  defineCase('LargeMessages: in many chunks, whole, and in order with small ones', async (network) => {
    const [low, high] = await network.pair([bytes]);
    const sent = [3 * 1024 * 1024, 1, 65_536, 65_537, 0, 131_072].map(patterned);
    for (const message of sent) low.transport.send(2, bytes, message);
    await network.untilReceived(high, bytes, sent.length);
    for (const [at, message] of high.messages(bytes).entries()) {
      checkBytes(message, sent[at] ?? new Uint8Array(0), `message ${at}`);
    }
  }),

  defineCase(
    'LargeMessages: maxMessageBytes arrives, one byte more is too-large, and the next arrives',
    async (network) => {
      const maxMessageBytes = 300_000;
      const [low, high] = await network.pair([bytes], { maxMessageBytes });
      checkEqual(low.transport.send(2, bytes, patterned(maxMessageBytes, 1)), 'queued', 'send of the largest');
      checkEqual(low.transport.send(2, bytes, patterned(maxMessageBytes + 1, 2)), 'too-large', 'send of one byte more');
      checkEqual(low.transport.send(2, bytes, patterned(10, 3)), 'queued', 'send of the next');
      await network.untilReceived(high, bytes, 2);
      checkBytes(high.messages(bytes)[0], patterned(maxMessageBytes, 1), 'the largest');
      checkBytes(high.messages(bytes)[1], patterned(10, 3), 'the next');
      checkEqual(low.channelMetrics(2, bytes).sendDrops['too-large'], 1, 'drops that are counted');
      checkEqual(low.heard('down'), 0, 'connections lost by that');
    },
  ),

  defineCase('LargeMessages: the smaller maxMessageBytes of both holds', async (network) => {
    const low = network.node({ nodeId: 1, channels: [bytes], maxMessageBytes: 100_000 });
    const high = network.node({ nodeId: 2, channels: [bytes], maxMessageBytes: 1000 });
    await network.connect([low, high]);
    checkEqual(low.transport.send(2, bytes, patterned(1001, 1)), 'too-large', 'send of what the peer does not take');
    checkEqual(high.transport.send(1, bytes, patterned(1001, 1)), 'too-large', 'send of what oneself does not send');
    checkEqual(low.transport.send(2, bytes, patterned(1000, 1)), 'queued', 'send of what both take');
    await network.untilReceived(high, bytes, 1);
  }),

  defineCase(
    'LargeMessages: what waited for a peer that takes less is dropped, and the next arrives',
    async (network) => {
      const high = network.node({ nodeId: 2, channels: [bytes], breakerOpensAfterMs: never });
      const low = network.node({ nodeId: 1, channels: [bytes], maxMessageBytes: 1000 });
      await high.transport.start();
      high.transport.setPeers([{ id: 1, address: network.nowhere }]);
      checkEqual(
        high.transport.send(1, bytes, patterned(1001, 1)),
        'queued',
        'send while nothing is known of the peer',
      );
      checkEqual(high.transport.send(1, bytes, patterned(1000, 2)), 'queued', 'send of what the peer takes');
      await low.transport.start();
      low.transport.setPeers([high.asPeer]);
      await network.untilReceived(low, bytes, 1);
      checkBytes(low.messages(bytes)[0], patterned(1000, 2), 'what arrives');
      checkEqual(high.channelMetrics(1, bytes).sendDrops['too-large'], 1, 'drops that are counted');
    },
  ),

  defineCase('Priorities: urgent overtakes what waits', async (network) => {
    const urgent = textChannel('urgent', { priority: 'urgent' });
    const normal = bytesChannel('normal');
    const bulk = bytesChannel('bulk', { priority: 'bulk' });
    const [low, high] = await network.pair([bulk, normal, urgent]);
    for (let at = 0; at < 6; at++) {
      low.transport.send(2, bulk, patterned(500_000, at));
      low.transport.send(2, normal, patterned(500_000, at));
    }
    low.transport.send(2, urgent, 'now');
    await network.until('all of it arrives', () => high.received.length === 13);
    checkEqual(high.received[0]?.channel, 'urgent', 'the channel of what arrives first');
  }),

  defineCase('Priorities: normal goes before bulk, and bulk is not starved', async (network) => {
    const normal = bytesChannel('normal');
    const bulk = bytesChannel('bulk', { priority: 'bulk' });
    const [low, high] = await network.pair([bulk, normal]);
    for (let at = 0; at < 40; at++) low.transport.send(2, bulk, patterned(65_536, at));
    for (let at = 0; at < 40; at++) low.transport.send(2, normal, patterned(65_536, at));
    await network.until('all of it arrives', () => high.received.length === 80);
    const order = high.received.map(({ channel }) => channel);
    const bulkBefore = order.slice(0, order.lastIndexOf('normal')).filter((channel) => channel === 'bulk').length;
    check(bulkBefore > 0, 'some of bulk arrives before the last of normal: one chunk for every four');
    check(
      bulkBefore < 30,
      `most of bulk arrives after the last of normal: one chunk for every four, not ${bulkBefore}`,
    );
  }),

  defineCase('QueueBounds: past maxQueuedMessages the newest are dropped, the others arrive', async (network) => {
    const text = textChannel('text', { maxQueuedMessages: 4 });
    const [low, high] = await network.pair([text]);
    const results = numbered(1, 6).map((message) => low.transport.send(2, text, message));
    checkEqual(results, ['queued', 'queued', 'queued', 'queued', 'queue-full', 'queue-full'], 'what send says');
    await network.untilReceived(high, text, 4);
    low.transport.send(2, text, '7');
    await network.untilReceived(high, text, 5);
    checkEqual(high.messages(text), [...numbered(1, 4), '7'], 'node 2 receives');
    checkEqual(low.channelMetrics(2, text).sendDrops['queue-full'], 2, 'drops that are counted');
  }),

  defineCase('QueueBounds: past maxQueuedBytes too', async (network) => {
    const small = bytesChannel('small', { maxQueuedBytes: 1000 });
    const [low, high] = await network.pair([small]);
    const results = [400, 600, 1].map((length) => low.transport.send(2, small, patterned(length, 1)));
    checkEqual(results, ['queued', 'queued', 'queue-full'], 'what send says');
    checkEqual(low.channelMetrics(2, small).queuedBytes <= 1000, true, 'queuedBytes is within its bound');
    await network.untilReceived(high, small, 2);
  }),

  defineCase('QueueBounds: what is larger than maxQueuedBytes is taken when it is alone', async (network) => {
    const small = bytesChannel('small', { maxQueuedBytes: 1000 });
    const [low, high] = await network.pair([small]);
    checkEqual(low.transport.send(2, small, patterned(5000, 1)), 'queued', 'send of it');
    checkEqual(low.transport.send(2, small, patterned(1, 2)), 'queue-full', 'send of one more');
    await network.untilReceived(high, small, 1);
    checkBytes(high.messages(small)[0], patterned(5000, 1), 'what arrives');
  }),

  defineCase('QueueBounds: drop-oldest keeps the newest', async (network) => {
    const text = textChannel('text', { maxQueuedMessages: 3, whenFull: 'drop-oldest' });
    const [low, high] = await network.pair([text]);
    const results = numbered(1, 8).map((message) => low.transport.send(2, text, message));
    checkEqual(new Set(results).size === 1 && results[0], 'queued', 'what send says of each');
    await network.untilReceived(high, text, 3);
    low.transport.send(2, text, '9');
    await network.untilReceived(high, text, 4);
    checkEqual(high.messages(text), numbered(6, 9), 'node 2 receives');
    checkEqual(low.channelMetrics(2, text).sendDrops['queue-full'], 5, 'drops that are counted');
  }),

  defineCase('QueueBounds: one for each channel and each peer', async (network) => {
    const text = textChannel('text', { maxQueuedMessages: 1 });
    const other = textChannel('other', { maxQueuedMessages: 1 });
    const nodes = await network.connected([1, 2, 3], [text, other]);
    const [first, second, third] = nodes;
    check(first !== undefined && second !== undefined && third !== undefined, 'there are three nodes');
    const results = [
      first.transport.send(2, text, 'a'),
      first.transport.send(2, text, 'b'),
      first.transport.send(2, other, 'c'),
      first.transport.send(3, text, 'd'),
    ];
    checkEqual(results, ['queued', 'queue-full', 'queued', 'queued'], 'what send says');
    await network.until('three messages arrive', () => second.received.length === 2 && third.received.length === 1);
  }),

  defineCase('QueueBounds: onRoom after queue-full, when half is free', async (network) => {
    const text = textChannel('text', { maxQueuedMessages: 4 });
    const [low, high] = await network.pair([text]);
    let saidInRoom: string | undefined;
    low.transport.subscribe({
      onRoom: () => {
        saidInRoom = low.transport.send(2, text, 'after');
      },
    });
    for (const message of numbered(1, 3)) low.transport.send(2, text, message);
    await network.untilReceived(high, text, 3);
    checkEqual(low.heard('room'), 0, 'onRoom before any queue-full');
    for (const message of numbered(4, 9)) low.transport.send(2, text, message);
    await network.untilHeard(low, 'room 2 text');
    checkEqual(saidInRoom, 'queued', 'send within onRoom');
    await network.untilReceived(high, text, 8);
    checkEqual(high.messages(text), [...numbered(1, 7), 'after'], 'node 2 receives');
    checkEqual(low.heard('room'), 1, 'onRoom for one time that the queue was full');
  }),

  defineCase('QueueBounds: a sender that waits for onRoom, when half is free, loses nothing', async (network) => {
    const count = 200;
    const maxQueuedMessages = 16;
    const paced = bytesChannel('paced', { maxQueuedMessages });
    const [low, high] = await network.pair([paced]);
    let next = 0;
    let mostAtRoom = 0;
    const fill = (): void => {
      mostAtRoom = Math.max(mostAtRoom, low.channelMetrics(2, paced).queuedMessages);
      while (next < count && low.transport.send(2, paced, patterned(80_000, next)) === 'queued') next++;
    };
    low.transport.subscribe({ onRoom: fill });
    fill();
    await network.untilReceived(high, paced, count);
    for (const [at, message] of high.messages(paced).entries()) {
      checkBytes(message, patterned(80_000, at), `message ${at}`);
    }
    check(mostAtRoom * 2 <= maxQueuedMessages, `${mostAtRoom} of ${maxQueuedMessages} waited at an onRoom`);
  }),
];
