import type { SocketAddress } from '@streambus/runtime';
import { type BrokerConfig, settingsOf, usualReplicationFactor } from '../config/index.ts';

/** From a broker's Kafka port to its port for the others: 9092 has 19092. */
const peerPortDistance = 10_000;

/** One broker of a cluster on this machine: its settings, as `streambus start --set` takes them. */
export interface DeveloperBroker {
  readonly id: number;
  readonly kafka: SocketAddress;
  readonly settings: readonly string[];
}

/**
 * Lays out a cluster beside the one broker that a configuration describes: the first has its ports, each of the others the next ones, all of them
 * folders within its folder.
 *
 * @throws ConfigError, RangeError when the ports do not suffice
 */
export function layOutCluster(config: BrokerConfig, brokers: number): readonly DeveloperBroker[] {
  const { kafkaListen, adminListen, dataDir } = config;
  const ids = Array.from({ length: brokers }, (_, index) => index + 1);
  const at = (address: SocketAddress, id: number): SocketAddress => {
    const port = address.port + id - 1;
    if (address.port > 0 && port <= 65_535) return { host: address.host, port };
    throw new RangeError(
      `port ${address.port} does not begin a row of ${brokers} ports; allowed: 1 to ${65_536 - brokers}`,
    );
  };
  const kafka = (id: number): SocketAddress => at(kafkaListen, id);
  const peers = ids.map((id) => ({ id, address: { host: kafkaListen.host, port: peerPort(kafka(id).port) } }));
  return ids.map((id) => {
    const admin = adminListen === undefined || adminListen.port === 0 ? adminListen : at(adminListen, id);
    const own = { nodeId: id, peers, kafkaListen: kafka(id), adminListen: admin, dataDir: `${dataDir}/broker-${id}` };
    const copies = {
      defaultReplicationFactor: Math.max(config.defaultReplicationFactor, usualReplicationFactor(brokers)),
    };
    return { id, kafka: kafka(id), settings: settingsOf({ ...config, ...copies, ...own }) };
  });
}

function peerPort(kafkaPort: number): number {
  return kafkaPort + peerPortDistance <= 65_535 ? kafkaPort + peerPortDistance : kafkaPort - peerPortDistance;
}
