import { numbered, textChannel } from './channels.ts';
import { check, checkEqual } from './checks.ts';
import type { TransportComplianceCase } from './context.ts';
import { defineCase } from './define-case.ts';
import type { ComplianceNetwork, ComplianceNode } from './network.ts';

const text = textChannel('text', { maxQueuedMessages: 10_000 });
const fleeting = textChannel('fleeting', { whilePeerIsDown: 'drop' });
const never = 600_000;

/** A node that runs and has a peer 1, which is not there yet. */
async function startWaiting(network: ComplianceNetwork, breakerOpensAfterMs: number): Promise<ComplianceNode> {
  const node = network.node({ nodeId: 2, channels: [text, fleeting], breakerOpensAfterMs });
  await node.transport.start();
  node.transport.setPeers([{ id: 1, address: network.nowhere }]);
  return node;
}

/** Starts the peer 1 of such a node, and waits until they are connected. */
async function startPeerOf(network: ComplianceNetwork, node: ComplianceNode): Promise<ComplianceNode> {
  const peer = network.node({ nodeId: 1, channels: [text, fleeting], peers: [node.asPeer] });
  await peer.transport.start();
  await network.untilUp([peer, node]);
  return peer;
}

/** Peers that are away, and connections that are lost. */
export const outageCases: readonly TransportComplianceCase[] = [
  defineCase('PeerDown: keep lets messages wait for a peer that is not there yet', async (network) => {
    const node = await startWaiting(network, never);
    for (const message of numbered(1, 50)) node.transport.send(1, text, message);
    checkEqual(node.channelMetrics(1, text).queuedMessages, 50, 'queuedMessages');
    const peer = await startPeerOf(network, node);
    await network.untilReceived(peer, text, 50);
    checkEqual(peer.messages(text), numbered(1, 50), 'the peer receives');
    checkEqual(node.heard('unreachable'), 0, 'onUnreachable when nothing was lost');
  }),

  defineCase('PeerDown: drop lets none wait', async (network) => {
    const node = await startWaiting(network, never);
    checkEqual(node.transport.send(1, fleeting, 'lost'), 'peer-down', 'send while the peer is away');
    checkEqual(node.channelMetrics(1, fleeting).sendDrops['peer-down'], 1, 'drops that are counted');
    const peer = await startPeerOf(network, node);
    node.transport.send(1, fleeting, 'found');
    await network.untilReceived(peer, fleeting, 1);
    checkEqual(peer.messages(fleeting), ['found'], 'the peer receives');
  }),

  defineCase('PeerDown: bounds hold for what waits', async (network) => {
    const node = await startWaiting(network, never);
    const results = numbered(1, 10_005).map((message) => node.transport.send(1, text, message));
    checkEqual(results.lastIndexOf('queued'), 9999, 'the last send that says queued');
    checkEqual(results.indexOf('queue-full'), 10_000, 'the first send that says queue-full');
  }),

  defineCase('Breaker: opens when the peer has been away for long, and closes when it is back', async (network) => {
    const node = await startWaiting(network, 500);
    checkEqual(node.peerMetrics(1).breaker, 'closed', 'the breaker at first');
    for (const message of numbered(1, 3)) checkEqual(node.transport.send(1, text, message), 'queued', 'send at first');
    await network.until('the breaker is not closed', () => node.peerMetrics(1).breaker !== 'closed');
    checkEqual(node.transport.send(1, text, 'lost'), 'peer-down', 'send with an open breaker');
    const { queuedMessages, sendDrops } = node.channelMetrics(1, text);
    checkEqual([queuedMessages, sendDrops['peer-down']], [0, 4], 'what still waits, and what was dropped');
    await network.untilHeard(node, 'unreachable 1');
    const peer = await startPeerOf(network, node);
    checkEqual(node.peerMetrics(1).breaker, 'closed', 'the breaker when the peer is back');
    node.transport.send(1, text, 'found');
    await network.untilReceived(peer, text, 1);
    checkEqual(peer.messages(text), ['found'], 'the peer receives');
  }),

  defineCase('Unreachable: told once for each outage', async (network) => {
    const node = await startWaiting(network, never);
    for (const message of numbered(1, 5)) node.transport.send(1, fleeting, message);
    await network.untilHeard(node, 'unreachable 1');
    const peer = await startPeerOf(network, node);
    node.transport.send(1, fleeting, 'found');
    await network.untilReceived(peer, fleeting, 1);
    await peer.transport.stop();
    await network.untilHeard(node, 'down 1');
    checkEqual(node.heard('unreachable'), 1, 'onUnreachable until the second outage');
    for (const message of numbered(1, 5)) node.transport.send(1, fleeting, message);
    await network.untilHeard(node, 'unreachable 1', 2);
    await startPeerOf(network, node);
    checkEqual(node.heard('unreachable'), 2, 'onUnreachable after the second outage');
  }),

  defineCase('Unreachable: a flood of sends to a peer that is away neither throws nor grows', async (network) => {
    const node = await startWaiting(network, never);
    for (let count = 0; count < 100_000; count++) {
      node.transport.send(1, text, 'lost');
      node.transport.send(1, fleeting, 'lost');
    }
    const { queuedMessages, sendDrops } = node.channelMetrics(1, text);
    checkEqual([queuedMessages, sendDrops['queue-full']], [10_000, 90_000], 'what waits, and what was dropped');
    checkEqual(
      node.channelMetrics(1, fleeting).sendDrops['peer-down'],
      100_000,
      'what was dropped on the other channel',
    );
    await network.untilHeard(node, 'unreachable 1');
    checkEqual(node.heard('unreachable'), 1, 'onUnreachable');
  }),

  defineCase('Stopped: a peer that stops says goodbye, and is gone', async (network) => {
    for (const stopped of [0, 1] as const) {
      const nodes = await network.pair([text]);
      const one = nodes[stopped];
      const other = nodes[1 - stopped] as ComplianceNode;
      await one.transport.stop();
      await network.untilHeard(other, `down ${one.id} stopped`);
      await network.untilHeard(other, `gone ${one.id}`);
      await network.until('more attempts are refused', () => other.peerMetrics(one.id).connectFailures.refused >= 3);
      checkEqual(one.events, [`up ${other.id}`, `down ${other.id} local-stop`], 'what the stopped one heard');
      checkEqual(
        other.events,
        [`up ${one.id}`, `down ${one.id} stopped`, `gone ${one.id}`],
        'what the other one heard',
      );
      checkEqual(other.peerMetrics(one.id).disconnects.stopped, 1, 'disconnects that are counted');
      await other.transport.stop();
    }
  }),

  defineCase(
    'Reconnect: after a connection was lost',
    async (network) => {
      const [low, high] = await network.pair([text]);
      for (let times = 1; times <= 3; times++) {
        network.context.disconnect?.(1, 2);
        await network.untilHeard(low, 'down 2', times);
        await network.untilHeard(high, 'down 1', times);
        await network.untilUp([low, high]);
        low.transport.send(2, text, 'there');
        high.transport.send(1, text, 'back');
        await network.untilReceived(high, text, times);
        await network.untilReceived(low, text, times);
      }
      checkEqual([low.peerMetrics(2).connects, high.peerMetrics(1).connects], [4, 4], 'connects');
      checkEqual([low.heard('gone'), high.heard('gone')], [0, 0], 'onPeerGone while both are there');
    },
    'disconnect',
  ),

  defineCase(
    'Reconnect: messages stay in order, none arrives twice, and what is lost is one gap',
    async (network) => {
      const [low, high] = await network.pair([text]);
      for (const message of numbered(1, 500)) low.transport.send(2, text, message);
      await network.untilReceived(high, text, 1);
      for (const message of numbered(501, 1000)) low.transport.send(2, text, message);
      network.context.disconnect?.(1, 2);
      for (const message of numbered(1001, 1500)) low.transport.send(2, text, message);
      await network.untilHeard(low, 'up 2', 2);
      low.transport.send(2, text, '1501');
      await network.until('the last one arrives', () => high.messages(text).at(-1) === '1501');
      const received = high.messages(text).map(Number);
      const steps = received.map((number, at) => number - (received[at - 1] ?? 0));
      check(
        steps.every((step) => step >= 1),
        'each number that arrives is greater than the one before',
      );
      check(steps.filter((step) => step > 1).length <= 1, 'there is one gap at most');
    },
    'disconnect',
  ),

  defineCase(
    'Killed: its peers hear that the connection ended, and that it is gone',
    async (network) => {
      const nodes = await network.connected([1, 2, 3], [text]);
      const [first, second, third] = nodes;
      check(first !== undefined && second !== undefined && third !== undefined, 'there are three nodes');
      network.context.kill?.(2);
      for (const node of [first, third]) {
        await network.untilHeard(node, 'down 2');
        await network.untilHeard(node, 'gone 2');
        const { ended, reset } = node.peerMetrics(2).disconnects;
        checkEqual(ended + reset, 1, `connections that ended or were reset, at node ${node.id}`);
        checkEqual(node.heard('gone'), 1, `onPeerGone at node ${node.id}`);
      }
      first.transport.send(3, text, 'still here');
      await network.untilReceived(third, text, 1);
    },
    'kill',
  ),

  defineCase(
    'Killed: a new incarnation takes its place',
    async (network) => {
      const low = network.node({ nodeId: 1, channels: [text], incarnation: 1 });
      const high = network.node({ nodeId: 2, channels: [text] });
      await network.connect([low, high]);
      network.context.kill?.(1);
      const renewed = network.node({ nodeId: 1, channels: [text], incarnation: 2, peers: [high.asPeer] });
      await renewed.transport.start();
      await network.untilHeard(high, 'up 1', 2);
      high.transport.send(1, text, 'welcome back');
      await network.untilReceived(renewed, text, 1);
    },
    'kill',
  ),

  defineCase(
    'Silent: a connection on which nothing arrives is found dead by both, and is there again later',
    async (network) => {
      const [low, high] = await network.pair([text], {
        pingIntervalMs: 50,
        idleTimeoutMs: 300,
        connectTimeoutMs: 200,
        handshakeTimeoutMs: 200,
      });
      network.context.cut?.(1, 2);
      await network.untilHeard(low, 'down 2 silent');
      await network.untilHeard(high, 'down 1 silent');
      checkEqual([low.heard('gone'), high.heard('gone')], [0, 0], 'onPeerGone while nobody answers');
      network.context.heal?.(1, 2);
      await network.untilUp([low, high]);
      low.transport.send(2, text, 'there');
      await network.untilReceived(high, text, 1);
    },
    'cut',
  ),

  defineCase(
    'Silent: for a moment only, nothing is lost',
    async (network) => {
      const [low, high] = await network.pair([text], { pingIntervalMs: 500, idleTimeoutMs: 60_000 });
      network.context.cut?.(1, 2);
      for (const message of numbered(1, 100)) low.transport.send(2, text, message);
      const { clock } = network.context;
      const healAtMs = clock.monotonicMs() + 200;
      await network.until('the moment passes', () => clock.monotonicMs() >= healAtMs);
      checkEqual(high.messages(text), [], 'what arrives meanwhile');
      network.context.heal?.(1, 2);
      await network.untilReceived(high, text, 100);
      checkEqual(high.messages(text), numbered(1, 100), 'node 2 receives');
      checkEqual(low.heard('down') + high.heard('down'), 0, 'connections lost');
    },
    'cut',
  ),
];
