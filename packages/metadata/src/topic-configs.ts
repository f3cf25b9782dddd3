import { assert } from '@streambus/runtime';
import type { ConfigChange } from './commands.ts';
import {
  brokerConfigs,
  type ConfigDefinition,
  type ConfigScope,
  type ConfigSynonym,
  type ConfigType,
  type ConfigValue,
  parseConfigValue,
  requireDefinition,
  splitList,
} from './config-schema.ts';
import { MetadataError } from './errors.ts';
import type { ConfigValues, MetadataState } from './state.ts';
import { topicConfigDefinitions } from './topic-config-table.ts';

/** Values in the order of their names, so that equal settings are equal byte for byte. */
export function sortedConfigs(entries: Iterable<readonly [string, string]>): ConfigValues {
  return new Map([...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
}

/**
 * Checks the settings of a topic or a broker, each for itself and those that belong together.
 *
 * @throws MetadataError `INVALID_CONFIG`
 */
export function validateConfigs(scope: ConfigScope, configs: ConfigValues): void {
  for (const [key, value] of configs) parseConfigValue(scope, key, value);
  if (scope !== 'topic') return;
  const least = configs.get('min.compaction.lag.ms');
  const most = configs.get('max.compaction.lag.ms');
  if (least !== undefined && most !== undefined && BigInt(least.trim()) > BigInt(most.trim())) {
    throw new MetadataError(
      'INVALID_CONFIG',
      `setting min.compaction.lag.ms is ${least}; allowed is at most max.compaction.lag.ms, which is ${most}`,
    );
  }
}

/**
 * Settings with changes made, in their order.
 *
 * @param replace - whether to begin from none
 * @throws MetadataError `INVALID_CONFIG`; then nothing has changed
 */
export function changedConfigs(
  scope: ConfigScope,
  present: ConfigValues,
  changes: readonly ConfigChange[],
  replace: boolean,
): ConfigValues {
  const configs = new Map(replace ? [] : present);
  for (const change of changes) applyChange(scope, configs, change);
  const result = sortedConfigs(configs);
  validateConfigs(scope, result);
  return result;
}

function applyChange(scope: ConfigScope, configs: Map<string, string>, change: ConfigChange): void {
  const definition = requireDefinition(scope, change.key);
  switch (change.operation) {
    case 'set':
      configs.set(change.key, change.value);
      return;
    case 'delete':
      configs.delete(change.key);
      return;
    case 'append':
    case 'subtract': {
      requireList(definition, change.key, change.operation);
      const present = splitList(configs.get(change.key) ?? definition.defaultValue);
      const named = splitList(change.value);
      const members =
        change.operation === 'append'
          ? [...present, ...named.filter((member) => !present.includes(member))]
          : present.filter((member) => !named.includes(member));
      configs.set(change.key, members.join(','));
    }
  }
}

function requireList(definition: ConfigDefinition, key: string, operation: string): void {
  if (definition.type === 'list') return;
  throw new MetadataError(
    'INVALID_CONFIG',
    `setting ${key} is a ${definition.type}; ${operation} is allowed for lists only`,
  );
}

/**
 * Where the value of a setting comes from, the strongest first: the topic itself, this broker's dynamic settings, those
 * of the whole cluster, what this broker was started with, the built-in default.
 */
export type ConfigSource = 'topic' | 'dynamicBroker' | 'dynamicCluster' | 'staticBroker' | 'default';

/** A value on the way to a setting's effective one. */
export interface ConfigSourceValue {
  /** The topic's name for it, or a broker-level one. */
  readonly name: string;
  readonly value: string;
  readonly source: ConfigSource;
}

/** A setting in force, and why. */
export interface EffectiveConfig {
  readonly name: string;
  /** In the topic setting's units. */
  readonly value: string;
  readonly source: ConfigSource;
  readonly type: ConfigType;
  readonly defaultValue: string;
  readonly documentation: string;
  /** All that is set for it anywhere, the strongest first, the default last; as they were written. */
  readonly synonyms: readonly ConfigSourceValue[];
}

/** Whose settings lie under a topic's own. */
export interface ConfigLayers {
  /** The broker that answers; absent: none in particular. */
  readonly brokerId?: number;
  /** What that broker was started with, by broker-level names. */
  readonly staticConfigs?: ConfigValues;
}

/**
 * Every setting of a topic, by name, with where it comes from (KIP-226).
 *
 * @param topicConfigs - the topic's own: {@link Topic.configs}
 */
export function effectiveTopicConfigs(
  state: MetadataState,
  topicConfigs: ConfigValues,
  layers: ConfigLayers = {},
): readonly EffectiveConfig[] {
  return topicConfigDefinitions.map((definition) => effectiveConfig(state, definition, topicConfigs, layers));
}

/**
 * The value in force of one setting, as a program uses it.
 *
 * @param name - from {@link topicConfigDefinitions}; asserted
 */
export function effectiveTopicConfig(
  state: MetadataState,
  topicConfigs: ConfigValues,
  name: string,
  layers: ConfigLayers = {},
): ConfigValue {
  const definition = requireDefinition('topic', name);
  return parseConfigValue('topic', name, effectiveConfig(state, definition, topicConfigs, layers).value);
}

function effectiveConfig(
  state: MetadataState,
  definition: ConfigDefinition,
  topicConfigs: ConfigValues,
  layers: ConfigLayers,
): EffectiveConfig {
  const { name, type, defaultValue, documentation } = definition;
  const synonyms = sourceValues(state, definition, topicConfigs, layers);
  const strongest = synonyms[0];
  assert(strongest !== undefined, 'every setting has a default');
  return {
    name,
    value: inTopicUnits(strongest),
    source: strongest.source,
    type,
    defaultValue,
    documentation,
    synonyms,
  };
}

function sourceValues(
  state: MetadataState,
  definition: ConfigDefinition,
  topicConfigs: ConfigValues,
  layers: ConfigLayers,
): ConfigSourceValue[] {
  const { name, synonyms, defaultValue } = definition;
  const own = topicConfigs.get(name);
  const broker = layers.brokerId === undefined ? undefined : state.brokers.get(layers.brokerId);
  return [
    ...(own === undefined ? [] : [{ name, value: own, source: 'topic' as const }]),
    ...layerValues(synonyms, broker?.configs, 'dynamicBroker'),
    ...layerValues(synonyms, state.clusterConfigs, 'dynamicCluster'),
    ...layerValues(synonyms, layers.staticConfigs, 'staticBroker'),
    { name: synonyms[0]?.name ?? name, value: defaultValue, source: 'default' },
  ];
}

function layerValues(
  synonyms: readonly ConfigSynonym[],
  configs: ConfigValues | undefined,
  source: ConfigSource,
): ConfigSourceValue[] {
  return synonyms.flatMap(({ name }) => {
    const value = configs?.get(name);
    return value === undefined ? [] : [{ name, value, source }];
  });
}

function inTopicUnits({ name, value, source }: ConfigSourceValue): string {
  if (source === 'topic' || source === 'default') return value;
  const multiplier = brokerConfigs.get(name)?.multiplier ?? 1;
  return multiplier === 1 ? value : String(parseConfigValue('broker', name, value));
}
