/**
 * An event streaming broker that speaks the Kafka protocol, to be started inside a program or a test; the same broker that
 * `streambus start` runs.
 *
 * @packageDocumentation
 */
export type { RunningBroker } from './broker/broker.ts';
export { BrokerError, type BrokerErrorCode, brokerErrorCodes } from './broker/errors.ts';
export {
  type BrokerConfig,
  type CleanupPolicy,
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
  configErrorCodes,
  type FlushPolicy,
  type LogFormat,
  type LogLevel,
  type StorageKind,
  type TimestampType,
} from './config/index.ts';
export { type RunningCluster, type StartClusterOptions, startCluster } from './processes/start-cluster.ts';
export { type StartBrokerOptions, startBroker } from './start-broker.ts';
