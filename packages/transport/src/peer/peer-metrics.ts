import type { ChannelReceiver } from '../connection/receivers.ts';
import type { ChannelMetrics, PeerMetrics } from '../metrics.ts';
import type { ChannelSender } from '../send/channel-sender.ts';
import type { RemotePeer } from './remote-peer.ts';

/** Reads a peer's numbers. */
export function peerMetrics(peer: RemotePeer): PeerMetrics {
  const { traffic, connection, receivers } = peer;
  const channels = peer.outbox.senders.map((sender, number) => {
    return [sender.channel.name, channelMetrics(sender, receivers[number] as ChannelReceiver)] as const;
  });
  return {
    id: peer.id,
    connected: connection !== undefined,
    breaker: peer.breaker,
    connects: peer.connects,
    connectFailures: { ...peer.connectFailures },
    disconnects: { ...peer.disconnects },
    sentBytes: traffic.sentBytes,
    receivedBytes: traffic.receivedBytes,
    lastRoundTripMs: traffic.lastRoundTripMs,
    roundTripMs: traffic.roundTripMs.snapshot(),
    inflightBytes: connection?.window.inflightBytes ?? 0,
    windowBytes: connection?.window.windowBytes ?? 0,
    channels: Object.fromEntries(channels),
  };
}

function channelMetrics(sender: ChannelSender, receiver: ChannelReceiver): ChannelMetrics {
  return {
    sentMessages: sender.sentMessages,
    sentBytes: sender.sentBytes,
    receivedMessages: receiver.receivedMessages,
    receivedBytes: receiver.receivedBytes,
    queuedMessages: sender.queuedMessages,
    queuedBytes: sender.queuedBytes,
    sendDrops: { ...sender.drops },
    receiveDrops: { ...receiver.drops },
    timeInQueueMs: sender.timeInQueueMs.snapshot(),
  };
}
