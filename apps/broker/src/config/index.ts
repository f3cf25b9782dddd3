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
export { type ConfigKey, flagOf, keyOf, propertyOf, variableOf } from './config-key.ts';
export { ConfigError, type ConfigErrorCode, type ConfigProblem, configErrorCodes } from './errors.ts';
export type { FieldFacts, KeyFacts } from './fields.ts';
export { assignmentsLayer, environmentLayer, fileLayer } from './layers.ts';
export { developerPreset, type Preset } from './presets.ts';
export {
  type ConfigEntry,
  type ConfigLayer,
  type ConfigSourceKind,
  configSourceKinds,
  type EffectiveConfig,
  makeBrokerConfig,
  resolveConfig,
} from './resolve.ts';
export { configKeys, factsOfKey, isConfigKey } from './schema.ts';
export { formatSocketAddress, isLoopback, parseSocketAddress } from './socket-address.ts';
