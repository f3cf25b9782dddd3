import type { BrokerEndpoint, BrokerStatus, ConfigValues, SupportedFeature } from '@streambus/metadata';
import { type EnumTable, enumTable, int32 } from './fields.ts';
import type { metadata as wire } from './generated/wire.js';

/** The numbers of `BrokerStatus`. */
export const brokerStatuses: EnumTable<BrokerStatus> = enumTable('status of a broker', [
  'fenced',
  'active',
  'draining',
]);

export function endpointToWire({ listener, host, port }: BrokerEndpoint): wire.Endpoint.$Properties {
  return { listener, host, port: int32(port, 'port') };
}

export function endpointFromWire(endpoint: wire.Endpoint.$Properties): BrokerEndpoint {
  return { listener: endpoint.listener ?? '', host: endpoint.host ?? '', port: endpoint.port ?? 0 };
}

export function featureToWire({ name, minLevel, maxLevel }: SupportedFeature): wire.SupportedFeature.$Properties {
  return { name, minLevel: int32(minLevel, 'minLevel'), maxLevel: int32(maxLevel, 'maxLevel') };
}

export function featureFromWire(feature: wire.SupportedFeature.$Properties): SupportedFeature {
  return { name: feature.name ?? '', minLevel: feature.minLevel ?? 0, maxLevel: feature.maxLevel ?? 0 };
}

export function configsToWire(configs: ConfigValues): wire.ConfigEntry.$Properties[] {
  return Array.from(configs, ([key, value]) => ({ key, value }));
}

export function configsFromWire(entries: readonly wire.ConfigEntry.$Properties[]): ConfigValues {
  return new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
}

/** The field under its name when it is there, for objects whose absent fields must be absent. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [Key in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: Value });
}
