import { defineChannel, jsonCodec } from '../../channel.ts';
import { bytesChannel, numbered, patterned, textChannel } from './channels.ts';
import { check, checkBytes, checkEqual } from './checks.ts';
import type { TransportComplianceCase } from './context.ts';
import { defineCase } from './define-case.ts';

const text = textChannel('text');
const other = textChannel('other');
const bytes = bytesChannel('bytes', { maxQueuedBytes: 64 * 1024 * 1024 });

/** Messages arrive: whole, in order, both ways. */
export const deliveryCases: readonly TransportComplianceCase[] = [
  defineCase('SendReceive: from the lower id to the higher, with the sender', async (network) => {
    const [low, high] = await network.pair([text]);
    checkEqual(low.transport.send(2, text, 'hello'), 'queued', 'send says');
    await network.untilReceived(high, text, 1);
    checkEqual(high.received, [{ from: 1, channel: 'text', message: 'hello' }], 'node 2 receives');
  }),

  defineCase('SendReceive: from the higher id to the lower', async (network) => {
    const [low, high] = await network.pair([text]);
    high.transport.send(1, text, 'hello');
    await network.untilReceived(low, text, 1);
    checkEqual(low.received, [{ from: 2, channel: 'text', message: 'hello' }], 'node 1 receives');
  }),

  defineCase('SendReceive: never within send', async (network) => {
    const [low, high] = await network.pair([text]);
    low.transport.send(2, text, 'one');
    high.transport.send(1, text, 'two');
    checkEqual([...low.received, ...high.received], [], 'what arrives before this turn is over');
    await network.untilReceived(low, text, 1);
    await network.untilReceived(high, text, 1);
  }),

  defineCase('SendReceive: an empty message', async (network) => {
    const [low, high] = await network.pair([bytes]);
    low.transport.send(2, bytes, new Uint8Array(0));
    low.transport.send(2, bytes, Uint8Array.of(1));
    await network.untilReceived(high, bytes, 2);
    checkEqual(
      high.messages(bytes).map(({ length }) => length),
      [0, 1],
      'the lengths that arrive',
    );
    checkEqual(high.channelMetrics(1, bytes).receivedBytes, 1, 'receivedBytes');
  }),

  defineCase('SendReceive: the message as it was at send, whatever is done to it afterwards', async (network) => {
    const objects = defineChannel({ name: 'objects', codec: jsonCodec<{ value: number }>() });
    const [low, high] = await network.pair([objects]);
    const message = { value: 1 };
    low.transport.send(2, objects, message);
    message.value = 2;
    await network.untilReceived(high, objects, 1);
    checkEqual(high.messages(objects), [{ value: 1 }], 'node 2 receives');
    check(high.messages(objects)[0] !== message, 'the receiver gets an object of its own');
  }),

  defineCase('SendReceive: views that a receiver keeps stay as they were', async (network) => {
    const [low, high] = await network.pair([bytes]);
    const sent = Array.from({ length: 60 }, (_, at) => patterned(1 + ((at * 7919) % 100_000), at));
    for (const message of sent) low.transport.send(2, bytes, message);
    await network.untilReceived(high, bytes, sent.length);
    const received = high.messages(bytes);
    for (const [at, message] of sent.entries()) {
      checkBytes(received[at], message, `message ${at}`);
      check(received[at]?.buffer !== message.buffer, `message ${at} is not the sender's own memory`);
    }
  }),

  defineCase('SendReceive: within a handler, for as long as both answer', async (network) => {
    const rounds = 200;
    const low = network.node({ nodeId: 1, channels: [text] }, [text]);
    const high = network.node({ nodeId: 2, channels: [text] }, [text]);
    let last = 0;
    for (const { transport } of [low, high]) {
      transport.receive(text, (from, message) => {
        last = Number(message);
        if (last < rounds) transport.send(from, text, String(last + 1));
      });
    }
    await network.connect([low, high]);
    low.transport.send(2, text, '1');
    await network.until(`message ${rounds} goes to and fro`, () => last === rounds);
  }),

  defineCase('SendReceive: within onPeerUp', async (network) => {
    const nodes = [1, 2].map((nodeId) => network.node({ nodeId, channels: [text] }));
    for (const { transport } of nodes) {
      transport.subscribe({ onPeerUp: ({ id }) => transport.send(id, text, 'welcome') });
    }
    await network.connect(nodes);
    for (const node of nodes) {
      await network.untilReceived(node, text, 1);
      checkEqual(node.messages(text), ['welcome'], `node ${node.id} receives`);
    }
  }),

  defineCase('Bidirectional: both sides send at once', async (network) => {
    const [low, high] = await network.pair([text]);
    for (const message of numbered(1, 200)) {
      low.transport.send(2, text, `low ${message}`);
      high.transport.send(1, text, `high ${message}`);
    }
    await network.untilReceived(low, text, 200);
    await network.untilReceived(high, text, 200);
    checkEqual(
      low.messages(text),
      numbered(1, 200).map((message) => `high ${message}`),
      'node 1 receives',
    );
    checkEqual(
      high.messages(text),
      numbered(1, 200).map((message) => `low ${message}`),
      'node 2 receives',
    );
  }),

  defineCase('ThreeNodes: each with each, one connection for a pair', async (network) => {
    const nodes = await network.connected([1, 2, 3], [text]);
    for (const from of nodes) {
      for (const to of nodes) if (from !== to) from.transport.send(to.id, text, `${from.id} to ${to.id}`);
    }
    for (const node of nodes) {
      await network.untilReceived(node, text, 2);
      const senders = nodes.filter((one) => one !== node).map(({ id }) => id);
      const expected = senders.map((id) => `${id} to ${node.id}`);
      checkEqual([...node.messages(text)].sort(), expected, `node ${node.id} receives`);
      checkEqual(
        node.transport.connectedPeers().map(({ id }) => id),
        senders,
        `the connected peers of node ${node.id}`,
      );
      for (const id of senders) checkEqual(node.peerMetrics(id).connects, 1, `connects of ${id} at node ${node.id}`);
    }
  }),

  defineCase('ThreeNodes: a peer that is gone delays nobody else', async (network) => {
    const [first, second, third] = await network.connected([1, 2, 3], [text]);
    check(first !== undefined && second !== undefined && third !== undefined, 'there are three nodes');
    await third.transport.stop();
    for (const message of numbered(1, 100)) {
      first.transport.send(3, text, message);
      first.transport.send(2, text, message);
    }
    await network.untilReceived(second, text, 100);
    checkEqual(second.messages(text), numbered(1, 100), 'node 2 receives');
  }),

  defineCase('MultipleMessages: a channel keeps its order, from many turns', async (network) => {
    const count = 2000;
    const [low, high] = await network.pair([text]);
    for (let first = 1; first <= count; first += 100) {
      for (const message of numbered(first, first + 99)) low.transport.send(2, text, message);
      await network.untilReceived(high, text, first);
    }
    await network.untilReceived(high, text, count);
    checkEqual(high.messages(text), numbered(1, count), 'node 2 receives');
  }),

  defineCase('MultipleMessages: each channel keeps its own order', async (network) => {
    const channels = (['urgent', 'normal', 'bulk'] as const).map((priority) =>
      bytesChannel(`${priority} numbers`, { priority }),
    );
    const [low, high] = await network.pair(channels);
    for (let at = 0; at < 100; at++) {
      for (const channel of channels) low.transport.send(2, channel, patterned(1 + at * 400, at));
    }
    for (const channel of channels) {
      await network.untilReceived(high, channel, 100);
      for (const [at, message] of high.messages(channel).entries()) {
        checkBytes(message, patterned(1 + at * 400, at), `message ${at} on '${channel.name}'`);
      }
    }
  }),

  defineCase('MultipleMessages: each sender keeps its own order', async (network) => {
    const nodes = await network.connected([1, 2, 3], [text]);
    const [first, second, third] = nodes;
    check(first !== undefined && second !== undefined && third !== undefined, 'there are three nodes');
    for (const message of numbered(1, 200)) {
      first.transport.send(2, text, message);
      third.transport.send(2, text, message);
    }
    await network.untilReceived(second, text, 400);
    for (const id of [1, 3]) checkEqual(second.messages(text, id), numbered(1, 200), `node 2 receives from ${id}`);
  }),

  defineCase('ConnectionReuse: one connection carries everything', async (network) => {
    const [low, high] = await network.pair([text, other]);
    for (let round = 1; round <= 20; round++) {
      low.transport.send(2, text, 'there');
      high.transport.send(1, other, 'back');
      await network.untilReceived(high, text, round);
      await network.untilReceived(low, other, round);
    }
    checkEqual([low.peerMetrics(2).connects, high.peerMetrics(1).connects], [1, 1], 'connects');
    checkEqual([low.events, high.events], [['up 2'], ['up 1']], 'what was heard');
  }),

  defineCase('Channels: found by name, in whatever order the nodes list them', async (network) => {
    const extra = textChannel('extra');
    const low = network.node({ nodeId: 1, channels: [extra, text, other] });
    const high = network.node({ nodeId: 2, channels: [other, text] });
    await network.connect([low, high]);
    low.transport.send(2, text, 'for text');
    low.transport.send(2, other, 'for other');
    high.transport.send(1, text, 'for text');
    high.transport.send(1, other, 'for other');
    for (const node of [low, high]) {
      await network.untilReceived(node, text, 1);
      await network.untilReceived(node, other, 1);
      checkEqual(
        [node.messages(text), node.messages(other)],
        [['for text'], ['for other']],
        `node ${node.id} receives`,
      );
    }
  }),
];
