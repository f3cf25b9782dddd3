import type { BrokerConfig } from './broker-config.ts';
import type { ConfigProblem } from './errors.ts';
import { peerListenOf } from './peer-address.ts';
import { formatSocketAddress, isLoopback } from './socket-address.ts';

/** What is wrong with values that are right one by one: the invariants 2 to 6 of {@link BrokerConfig}. */
export function findConflicts(config: BrokerConfig): readonly ConfigProblem[] {
  return [...findNumberConflicts(config), ...findListenerConflicts(config), ...findPeerConflicts(config)].map(
    (message) => ({
      code: 'CONFIG_CONFLICT',
      message,
    }),
  );
}

function findNumberConflicts(config: BrokerConfig): readonly string[] {
  const conflicts: string[] = [];
  const atMost = (low: string, lowValue: number, high: string, highValue: number): void => {
    if (lowValue > highValue) conflicts.push(`${low}=${lowValue} is above ${high}=${highValue}; allowed: at most that`);
  };
  atMost(
    'group.min.session.timeout.ms',
    config.groupMinSessionTimeoutMs,
    'group.max.session.timeout.ms',
    config.groupMaxSessionTimeoutMs,
  );
  atMost('message.max.bytes', config.messageMaxBytes, 'log.segment.bytes', config.logSegmentBytes);
  atMost(
    'socket.request.max.bytes',
    config.socketRequestMaxBytes,
    'memory.max.inflight.bytes',
    config.memoryMaxInflightBytes,
  );
  // A request that is larger could never come in whole.
  atMost(
    'socket.request.max.bytes',
    config.socketRequestMaxBytes,
    'memory.max.buffered.bytes',
    config.memoryMaxBufferedBytes,
  );
  atMost(
    'min.insync.replicas',
    config.minInsyncReplicas,
    'default.replication.factor',
    config.defaultReplicationFactor,
  );
  if (config.messageMaxBytes >= config.socketRequestMaxBytes) {
    conflicts.push(
      `message.max.bytes=${config.messageMaxBytes} does not fit into a request of socket.request.max.bytes=${config.socketRequestMaxBytes}; allowed: less than that`,
    );
  }
  return conflicts;
}

function findListenerConflicts(config: BrokerConfig): readonly string[] {
  const { kafkaListen, adminListen, listenInsecure } = config;
  const conflicts: string[] = [];
  if (adminListen !== undefined && adminListen.port !== 0) {
    const kafka = formatSocketAddress(kafkaListen);
    const admin = formatSocketAddress(adminListen);
    if (kafka === admin)
      conflicts.push(`kafka.listen=${kafka} and admin.listen=${admin} are the same; allowed: two ports`);
  }
  if (listenInsecure) return conflicts;
  const listeners = { 'kafka.listen': kafkaListen, 'admin.listen': adminListen, 'peer.listen': peerListenOf(config) };
  for (const [key, listener] of Object.entries(listeners)) {
    if (listener === undefined || isLoopback(listener.host)) continue;
    conflicts.push(
      `${key}=${formatSocketAddress(listener)} lets other machines in, without TLS or authentication; allowed: a loopback address, or listen.insecure=true if that is meant`,
    );
  }
  return conflicts;
}

function findPeerConflicts({ nodeId, peers }: BrokerConfig): readonly string[] {
  if (peers === undefined || peers.some(({ id }) => id === nodeId)) return [];
  const ids = peers.map(({ id }) => id);
  return [`peers has the brokers ${ids.join(', ')}, and not this one, node.id=${nodeId}; allowed: all brokers`];
}
