/** The broker's configuration: one schema, whence flags, variables, file, help text and documentation come. */
export type {
  BrokerConfig,
  CleanupPolicy,
  FlushPolicy,
  LogFormat,
  LogLevel,
  StorageKind,
  TimestampType,
} from './broker-config.ts';
export { type ConfigKey, flagOf, propertyOf } from './config-key.ts';
export { ConfigError, type ConfigErrorCode, type ConfigProblem, configErrorCodes } from './errors.ts';
export { assignmentsLayer, environmentLayer, fileLayer } from './layers.ts';
export { type PeerAddress, peerListenOf } from './peer-address.ts';
export { developerPreset, type Preset } from './presets.ts';
export {
  type ConfigEntry,
  type ConfigLayer,
  type EffectiveConfig,
  makeBrokerConfig,
  resolveConfig,
  settingsOf,
} from './resolve.ts';
export { configKeys, factsOfKey } from './schema.ts';
export { formatSocketAddress } from './socket-address.ts';
export { usualReplicationFactor } from './usual-replication-factor.ts';
