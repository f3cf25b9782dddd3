import type { NodeId } from '../../options.ts';
import type { RefusalReason } from '../../reasons.ts';
import { numbered, textChannel } from './channels.ts';
import { check, checkEqual } from './checks.ts';
import type { TransportComplianceCase } from './context.ts';
import { defineCase } from './define-case.ts';
import type { ComplianceNetwork, ComplianceNode } from './network.ts';

const text = textChannel('text');

/** Starts nodes that are not going to be connected. */
async function start(...nodes: readonly ComplianceNode[]): Promise<void> {
  for (const { transport } of nodes) await transport.start();
}

/** Two nodes that know each other, with an exchange in which the first tells who is who. */
async function checkExchange(network: ComplianceNetwork, from: ComplianceNode, to: ComplianceNode): Promise<void> {
  const before = to.messages(text, from.id).length;
  checkEqual(from.transport.send(to.id, text, 'still here'), 'queued', `send from ${from.id} to ${to.id}`);
  await network.untilReceived(to, text, before + 1, from.id);
}

/** With TLS the certificate, which is seen first, names another node already. */
function countsMistakenIdentity(node: ComplianceNode, peerId: NodeId, reason: RefusalReason): boolean {
  const { connectFailures } = node.peerMetrics(peerId);
  return connectFailures[reason] + connectFailures['certificate-name'] > 0;
}

/** Who is a peer, who is refused, and who takes whose place. */
export const peerCases: readonly TransportComplianceCase[] = [
  defineCase('Peers: an id that is not among them is unknown-peer, and so is the own', async (network) => {
    const [low] = await network.pair([text]);
    checkEqual(low.transport.send(3, text, 'nobody'), 'unknown-peer', 'send to an unknown id');
    checkEqual(low.transport.send(1, text, 'myself'), 'unknown-peer', 'send to the own id');
    checkEqual(low.transport.metrics().sendDrops['unknown-peer'], 2, 'drops that are counted');
  }),

  defineCase('Peers: the ids 0 and 2^53-1, in the order of numbers', async (network) => {
    const nodes = await network.connected([0, 9, 10, Number.MAX_SAFE_INTEGER], [text]);
    const [zero, , , last] = nodes;
    check(zero !== undefined && last !== undefined, 'there are four nodes');
    const connected = zero.transport.connectedPeers().map(({ id }) => id);
    checkEqual(connected, [9, 10, Number.MAX_SAFE_INTEGER], 'the connected peers of node 0');
    await checkExchange(network, zero, last);
    await checkExchange(network, last, zero);
  }),

  defineCase('Peers: a connection tells incarnation, and the features that both have', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text], incarnation: 7, features: 0x8000_0006 });
    const high = network.node({ nodeId: 2, channels: [text], incarnation: 8, features: 0x8000_0003 });
    await network.connect([low, high]);
    checkEqual(low.transport.connectedPeers(), [{ id: 2, incarnation: 8, features: 0x8000_0002 }], 'what node 1 sees');
    checkEqual(high.transport.connectedPeers(), [{ id: 1, incarnation: 7, features: 0x8000_0002 }], 'what node 2 sees');
  }),

  defineCase('Peers: setPeers adds', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const high = network.node({ nodeId: 2, channels: [text] });
    await start(low, high);
    checkEqual(low.transport.send(2, text, 'too early'), 'unknown-peer', 'send before');
    low.transport.setPeers([high.asPeer]);
    high.transport.setPeers([low.asPeer]);
    await network.untilUp([low, high]);
    await checkExchange(network, low, high);
  }),

  defineCase('Peers: those given at construction need no setPeers', async (network) => {
    const high = network.node({ nodeId: 2, channels: [text] });
    await start(high);
    const low = network.node({
      nodeId: 1,
      channels: [text],
      peers: [high.asPeer, { id: 1, address: network.nowhere }],
    });
    await start(low);
    high.transport.setPeers([low.asPeer]);
    await network.untilUp([low, high]);
  }),

  defineCase('Peers: a node without listen dials, and is not dialled', async (network) => {
    const high = network.node({ nodeId: 2, channels: [text] });
    await start(high);
    const low = network.context.createTransport({
      clusterId: 'compliance',
      nodeId: 1,
      channels: [text],
      peers: [high.asPeer],
    });
    try {
      await low.start();
      checkEqual(low.address, undefined, 'the address of a node that does not listen');
      high.transport.setPeers([{ id: 1, address: network.nowhere }]);
      await network.untilHeard(high, 'up 1');
      low.send(2, text, 'hello');
      await network.untilReceived(high, text, 1);
    } finally {
      await low.stop();
    }
  }),

  defineCase('Peers: setPeers removes, and both hear it', async (network) => {
    const [low, high] = await network.pair([text]);
    low.transport.setPeers([]);
    await network.untilHeard(low, 'down 2 removed');
    await network.untilHeard(high, 'down 1 removed');
    checkEqual(low.transport.send(2, text, 'nobody'), 'unknown-peer', 'send afterwards');
    checkEqual(low.transport.connectedPeers(), [], 'the connected peers afterwards');
    checkEqual(low.transport.metrics().peers, [], 'the metrics of peers afterwards');
  }),

  defineCase('Peers: one that was removed comes back', async (network) => {
    for (const remover of [0, 1] as const) {
      const nodes = await network.pair([text]);
      const [low, high] = nodes;
      const one = nodes[remover];
      const other = nodes[1 - remover] as ComplianceNode;
      one.transport.setPeers([]);
      await network.untilHeard(other, `down ${one.id} removed`);
      one.transport.setPeers([other.asPeer]);
      await network.untilUp(nodes);
      await checkExchange(network, low, high);
      await checkExchange(network, high, low);
      await Promise.all(nodes.map(({ transport }) => transport.stop()));
    }
  }),

  defineCase('Peers: setPeers with the same list leaves connections alone', async (network) => {
    const [low, high] = await network.pair([text]);
    for (let times = 0; times < 3; times++) low.transport.setPeers([low.asPeer, high.asPeer]);
    await checkExchange(network, low, high);
    checkEqual([low.events, low.peerMetrics(2).connects], [['up 2'], 1], 'what node 1 heard, and connects');
  }),

  defineCase('Peers: a changed address is used from the next attempt on', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const high = network.node({ nodeId: 2, channels: [text] });
    await start(low, high);
    low.transport.setPeers([{ id: 2, address: network.nowhere }]);
    await network.until('an attempt at the wrong address fails', () => low.peerMetrics(2).connectFailures.refused > 0);
    low.transport.send(2, text, 'kept');
    high.transport.setPeers([{ id: 1, address: network.nowhere }]);
    low.transport.setPeers([high.asPeer]);
    await network.untilReceived(high, text, 1);
  }),

  defineCase('Handshake: another cluster is refused', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text], clusterId: 'one' });
    const high = network.node({ nodeId: 2, channels: [text], clusterId: 'another' });
    await start(low, high);
    low.transport.setPeers([high.asPeer]);
    high.transport.setPeers([low.asPeer]);
    await network.until('both sides count it', () => {
      const refused = high.transport.metrics().refusedHandshakes['wrong-cluster'];
      return refused > 0 && low.peerMetrics(2).connectFailures['wrong-cluster'] > 0;
    });
    checkEqual([low.events, high.events], [[], []], 'what was heard');
  }),

  defineCase('Handshake: a node that is not among the peers is refused, and taken once it is', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const high = network.node({ nodeId: 2, channels: [text] });
    await start(low, high);
    low.transport.setPeers([high.asPeer]);
    await network.until('both sides count it', () => {
      const refused = high.transport.metrics().refusedHandshakes['unknown-node'];
      return refused > 0 && low.peerMetrics(2).connectFailures['unknown-node'] > 0;
    });
    checkEqual(high.transport.connectedPeers(), [], 'the connected peers of node 2');
    high.transport.setPeers([low.asPeer]);
    await network.untilUp([low, high]);
  }),

  defineCase('Handshake: a node that is not the one that was meant is refused', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const high = network.node({ nodeId: 2, channels: [text] });
    await start(low, high);
    high.transport.setPeers([low.asPeer]);
    low.transport.setPeers([{ id: 3, address: high.asPeer.address }]);
    await network.until('it is counted', () => countsMistakenIdentity(low, 3, 'wrong-node'));
    checkEqual([low.events, high.events], [[], []], 'what was heard');
  }),

  defineCase('Handshake: a node that finds itself is refused', async (network) => {
    const node = network.node({ nodeId: 1, channels: [text] });
    await start(node);
    node.transport.setPeers([{ id: 2, address: node.asPeer.address }]);
    await network.until('it is counted', () => countsMistakenIdentity(node, 2, 'self'));
    checkEqual(node.transport.connectedPeers(), [], 'the connected peers');
  }),

  defineCase('Incarnation: a newer one takes the place of a connection that seems alive', async (network) => {
    const old = network.node({ nodeId: 1, channels: [text], incarnation: 1 });
    const high = network.node({ nodeId: 2, channels: [text] });
    await network.connect([old, high]);
    const renewed = network.node({ nodeId: 1, channels: [text], incarnation: 2, peers: [high.asPeer] });
    await start(renewed);
    await network.untilHeard(high, 'down 1 replaced');
    await network.untilHeard(high, 'up 1', 2);
    await network.untilHeard(old, 'down 2');
    checkEqual(high.transport.connectedPeers()[0]?.incarnation, 2, 'the incarnation that node 2 is connected with');
    high.transport.send(1, text, 'to the new one');
    await network.untilReceived(renewed, text, 1);
    checkEqual(old.messages(text), [], 'what the old one receives');
  }),

  defineCase('Incarnation: a newer one with the higher id is dialled at once, at its new address', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const old = network.node({ nodeId: 2, channels: [text], incarnation: 1 });
    await network.connect([low, old]);
    const renewed = network.node({ nodeId: 2, channels: [text], incarnation: 2 });
    await start(renewed);
    low.transport.setPeers([renewed.asPeer]);
    renewed.transport.setPeers([low.asPeer]);
    await network.until('node 1 is connected with the newer one', () => {
      return low.transport.connectedPeers()[0]?.incarnation === 2;
    });
    await checkExchange(network, low, renewed);
  }),

  defineCase('Incarnation: one of the same or an earlier incarnation displaces nobody', async (network) => {
    const live = network.node({ nodeId: 1, channels: [text], incarnation: 5 });
    const high = network.node({ nodeId: 2, channels: [text] });
    await network.connect([live, high]);
    for (const incarnation of [4, 5]) {
      const rival = network.node({ nodeId: 1, channels: [text], incarnation, peers: [high.asPeer] });
      await start(rival);
      await network.until('the rival counts that it was refused', () => {
        return rival.peerMetrics(2).connectFailures['duplicate-node'] > 0;
      });
      checkEqual(rival.events, [], 'what the rival heard');
      await rival.transport.stop();
    }
    check(high.transport.metrics().refusedHandshakes['duplicate-node'] >= 2, 'node 2 counts whom it refused');
    checkEqual(high.events, ['up 1'], 'what node 2 heard');
    await checkExchange(network, live, high);
    await checkExchange(network, high, live);
  }),

  defineCase('Restart: of the node that dials, under a new incarnation', async (network) => {
    const old = network.node({ nodeId: 1, channels: [text], incarnation: 1 });
    const high = network.node({ nodeId: 2, channels: [text] });
    await network.connect([old, high]);
    await old.transport.stop();
    const renewed = network.node({ nodeId: 1, channels: [text], incarnation: 2, peers: [high.asPeer] });
    await start(renewed);
    await network.untilUp([renewed, high]);
    await checkExchange(network, high, renewed);
    checkEqual(high.transport.connectedPeers()[0]?.incarnation, 2, 'the incarnation that node 2 is connected with');
  }),

  defineCase('Restart: of the node that is dialled, at the same address', async (network) => {
    const low = network.node({ nodeId: 1, channels: [text] });
    const old = network.node({ nodeId: 2, channels: [text], incarnation: 1 });
    await network.connect([low, old]);
    const { address } = old.asPeer;
    await old.transport.stop();
    const renewed = network.node({ nodeId: 2, channels: [text], incarnation: 2, listen: address, peers: [low.asPeer] });
    await start(renewed);
    await network.untilUp([low, renewed]);
    for (const message of numbered(1, 10)) low.transport.send(2, text, message);
    await network.untilReceived(renewed, text, 10);
    checkEqual(renewed.messages(text), numbered(1, 10), 'the renewed node receives');
  }),
];
