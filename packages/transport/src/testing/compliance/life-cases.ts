import type { TransportOptions } from '../../options.ts';
import { bytesChannel, numbered, patterned, textChannel } from './channels.ts';
import { check, checkEqual, checkRefusal } from './checks.ts';
import type { TransportComplianceCase } from './context.ts';
import { defineCase } from './define-case.ts';

const text = textChannel('text');

/** Start, stop, listeners, options and numbers. */
export const lifeCases: readonly TransportComplianceCase[] = [
  defineCase('Start: binds, resolves with nobody connected, and works once', async (network) => {
    const node = network.node({ nodeId: 1, channels: [text], peers: [{ id: 2, address: network.nowhere }] });
    checkEqual(node.transport.address, undefined, 'the address before');
    checkEqual(node.transport.send(2, text, 'too early'), 'stopped', 'send before');
    await node.transport.start();
    check((node.transport.address?.port ?? 0) > 0, 'port 0 becomes a real one');
    checkEqual(node.transport.connectedPeers(), [], 'the connected peers');
    await checkRefusal(() => node.transport.start(), 'TRANSPORT_STATE', 'a second start');
    checkEqual(node.transport.metrics().sendDrops.stopped, 1, 'drops that are counted');
  }),

  defineCase('Start: an address that another one has is TRANSPORT_LISTEN, and nothing runs', async (network) => {
    const first = network.node({ nodeId: 1, channels: [text] });
    await first.transport.start();
    const second = network.node({ nodeId: 2, channels: [text], listen: first.asPeer.address, peers: [first.asPeer] });
    await checkRefusal(() => second.transport.start(), 'TRANSPORT_LISTEN', 'start');
    checkEqual(second.transport.send(1, text, 'lost'), 'stopped', 'send afterwards');
    await second.transport.stop();
  }),

  defineCase('Stop: harmless twice, before start, and while it stops', async (network) => {
    const [low, high] = await network.pair([text]);
    await Promise.all([low.transport.stop(), low.transport.stop()]);
    await low.transport.stop();
    await network.untilHeard(high, 'down 1 stopped');
    await network.node({ nodeId: 3, channels: [text] }).transport.stop();
  }),

  defineCase('Stop: afterwards nothing is sent, nobody is connected, and it does not start again', async (network) => {
    const [low, high] = await network.pair([text]);
    await low.transport.stop();
    checkEqual(low.transport.send(2, text, 'too late'), 'stopped', 'send');
    checkEqual(low.transport.connectedPeers(), [], 'the connected peers');
    checkEqual(low.transport.metrics().sendDrops.stopped, 1, 'drops that are counted');
    await checkRefusal(() => low.transport.start(), 'TRANSPORT_STATE', 'start');
    await network.untilHeard(high, 'down 1 stopped');
    checkEqual(low.events, ['up 2', 'down 2 local-stop'], 'what it heard');
  }),

  defineCase('Stop: frees the address', async (network) => {
    const first = network.node({ nodeId: 1, channels: [text] });
    await first.transport.start();
    const { address } = first.asPeer;
    await first.transport.stop();
    const second = network.node({ nodeId: 1, channels: [text], listen: address });
    await second.transport.start();
    checkEqual(second.asPeer.address.port, address.port, 'the port of the second');
  }),

  defineCase('Stop: within a handler, and within a listener', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const high = network.node({ nodeId: 2, channels: [text] }, [text]);
    let received = 0;
    let stopped: Promise<void> | undefined;
    high.transport.receive(text, () => {
      received++;
      stopped ??= high.transport.stop();
    });
    low.transport.subscribe({ onPeerDown: () => void low.transport.stop() });
    await network.connect([low, high]);
    for (const message of numbered(1, 100)) low.transport.send(2, text, message);
    await network.untilHeard(low, 'down 2 stopped');
    await stopped;
    checkEqual(received, 1, 'messages handled, the first of which stops the node');
    checkEqual(low.transport.send(2, text, 'too late'), 'stopped', 'send after the listener stopped its node');
  }),

  defineCase('Stop: await using stops it', async (network) => {
    const [low, high] = await network.pair([text]);
    await low.transport[Symbol.asyncDispose]();
    await network.untilHeard(high, 'down 1 stopped');
    checkEqual(low.transport.send(2, text, 'too late'), 'stopped', 'send');
  }),

  defineCase('Listeners: in the order of subscription', async (network) => {
    const nodes = [1, 2].map((nodeId) => network.node({ nodeId, channels: [text] }));
    const heard: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      nodes[0]?.transport.subscribe({ onPeerUp: ({ id }) => heard.push(`${name} ${id}`) });
    }
    await network.connect(nodes);
    checkEqual(heard, ['first 2', 'second 2', 'third 2'], 'what was heard');
  }),

  defineCase('Listeners: one that unsubscribes hears nothing more, and the others do', async (network) => {
    const nodes = [1, 2].map((nodeId) => network.node({ nodeId, channels: [text] }));
    const [low, high] = nodes;
    check(low !== undefined && high !== undefined, 'there are two nodes');
    const heard: string[] = [];
    const unsubscribe = low.transport.subscribe({
      onPeerUp: () => {
        heard.push('up');
        unsubscribe();
      },
      onPeerDown: () => heard.push('down'),
    });
    await network.connect(nodes);
    await high.transport.stop();
    await network.untilHeard(low, 'down 2');
    unsubscribe();
    checkEqual(heard, ['up'], 'what it heard');
  }),

  defineCase('Listeners: one that another one unsubscribes hears nothing more, not even that', async (network) => {
    const nodes = [1, 2].map((nodeId) => network.node({ nodeId, channels: [text] }));
    let heard = 0;
    let unsubscribe: (() => void) | undefined;
    nodes[0]?.transport.subscribe({ onPeerUp: () => unsubscribe?.() });
    unsubscribe = nodes[0]?.transport.subscribe({ onPeerUp: () => heard++ });
    await network.connect(nodes);
    checkEqual(heard, 0, 'what it heard');
  }),

  defineCase('Options: what is not allowed is TRANSPORT_INVALID_OPTION', async (network) => {
    const options = { clusterId: 'compliance', nodeId: 1, channels: [text] } satisfies TransportOptions;
    const wrong: Readonly<Record<string, Partial<TransportOptions>>> = {
      'an empty clusterId': { clusterId: '' },
      'a clusterId of 256 bytes': { clusterId: 'c'.repeat(256) },
      'a negative nodeId': { nodeId: -1 },
      'a nodeId of 2^53': { nodeId: 2 ** 53 },
      'two channels of one name': { channels: [text, textChannel('text')] },
      '65 channels': { channels: numbered(1, 65).map((name) => textChannel(name)) },
      'features of 2^32': { features: 2 ** 32 },
      'maxMessageBytes of 0': { maxMessageBytes: 0 },
      'pings rarer than a third of idleTimeoutMs': { pingIntervalMs: 400, idleTimeoutMs: 1000 },
      'minBackoffMs over maxBackoffMs': { minBackoffMs: 200, maxBackoffMs: 100 },
      'a peer that is listed twice': { peers: [2, 2].map((id) => ({ id, address: network.nowhere })) },
    };
    for (const [what, change] of Object.entries(wrong)) {
      const make = (): unknown => network.context.createTransport({ ...options, ...change });
      await checkRefusal(make, 'TRANSPORT_INVALID_OPTION', what);
    }
    const [low] = await network.pair([text]);
    const twice = [2, 2].map((id) => ({ id, address: network.nowhere }));
    await checkRefusal(() => low.transport.setPeers(twice), 'TRANSPORT_INVALID_OPTION', 'setPeers with one twice');
    checkEqual(low.transport.connectedPeers().length, 1, 'the connected peers after a setPeers that was refused');
  }),

  defineCase('Metrics: both sides add up, and are plain data', async (network) => {
    const bytes = bytesChannel('bytes');
    const [low, high] = await network.pair([text, bytes]);
    const lengths = numbered(1, 50).map((number) => Number(number) * 997);
    for (const length of lengths) low.transport.send(2, bytes, patterned(length, length));
    for (const message of numbered(1, 30)) high.transport.send(1, text, message);
    await network.untilReceived(high, bytes, lengths.length);
    await network.untilReceived(low, text, 30);
    await network.until('nothing waits or is under way', () =>
      [low.peerMetrics(2), high.peerMetrics(1)].every(({ channels }) =>
        Object.values(channels).every(({ queuedMessages, queuedBytes }) => queuedMessages + queuedBytes === 0),
      ),
    );
    const total = lengths.reduce((sum, length) => sum + length, 0);
    for (const channel of [text, bytes]) {
      for (const [from, to] of [
        [low, high],
        [high, low],
      ] as const) {
        const sent = from.channelMetrics(to.id, channel);
        const received = to.channelMetrics(from.id, channel);
        checkEqual(received.receivedMessages, sent.sentMessages, `messages on '${channel.name}' from ${from.id}`);
        checkEqual(received.receivedBytes, sent.sentBytes, `bytes on '${channel.name}' from ${from.id}`);
        checkEqual(
          sent.timeInQueueMs.count,
          sent.sentMessages,
          `times in the queue of '${channel.name}' at ${from.id}`,
        );
      }
    }
    const { sentMessages, sentBytes } = low.channelMetrics(2, bytes);
    checkEqual([sentMessages, sentBytes], [lengths.length, total], 'what node 1 sent');
    check(low.peerMetrics(2).sentBytes >= total, 'what went to a peer is no less than its messages');
    const metrics = low.transport.metrics();
    checkEqual(JSON.parse(JSON.stringify({ ...metrics, peers: [] })), { ...metrics, peers: [] }, 'metrics as JSON');
    checkEqual(low.peerMetrics(2).connected, true, 'connected');
  }),
];
