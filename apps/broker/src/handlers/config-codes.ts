import type { ConfigSource, ConfigType } from '@streambus/metadata';

/** Kafka's numbers for where a setting comes from (KIP-226). */
const sources: Readonly<Record<ConfigSource, number>> = {
  topic: 1,
  dynamicBroker: 2,
  dynamicCluster: 3,
  staticBroker: 4,
  default: 5,
};

/** Kafka's numbers for what a setting's value is (KIP-569). */
const types: Readonly<Record<ConfigType, number>> = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 };

export function configSourceCode(source: ConfigSource): number {
  return sources[source];
}

export function configTypeCode(type: ConfigType): number {
  return types[type];
}

/** Kafka's numbers for what has settings. */
export const resourceType = { topic: 2, broker: 4 } as const;
