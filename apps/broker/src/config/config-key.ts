import type { BrokerConfig } from './broker-config.ts';

/** `logSegmentBytes` as `log.segment.bytes`. */
type Dotted<Property extends string> = Property extends `${infer Letter}${infer Rest}`
  ? Letter extends Lowercase<Letter>
    ? `${Letter}${Dotted<Rest>}`
    : `.${Lowercase<Letter>}${Dotted<Rest>}`
  : '';

/** Each key, by the property that holds its value. */
export type KeyOf<Property extends keyof BrokerConfig> = Dotted<Property>;

/** The name of a configuration key: Kafka's own where Kafka has one. */
export type ConfigKey = KeyOf<keyof BrokerConfig>;

/** The property of a key: `log.segment.bytes` is `logSegmentBytes`. */
export function propertyOf(key: ConfigKey): keyof BrokerConfig {
  return key.replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof BrokerConfig;
}

/** The key of a property. */
export function keyOf(property: keyof BrokerConfig): ConfigKey {
  return property.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`) as ConfigKey;
}

/** The command line's name for a key: `--log-segment-bytes`. */
export function flagOf(key: ConfigKey): string {
  return `--${key.replaceAll('.', '-')}`;
}

/** The environment's name for a key: `STREAMBUS_LOG_SEGMENT_BYTES`. */
export function variableOf(key: ConfigKey): string {
  return `STREAMBUS_${key.replaceAll('.', '_').toUpperCase()}`;
}
