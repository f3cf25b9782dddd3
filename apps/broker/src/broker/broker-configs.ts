import {
  brokerConfigs,
  type ConfigSource,
  type ConfigType,
  type ConfigValues,
  type MetadataState,
  topicConfigs,
} from '@streambus/metadata';
import { formatValue } from '../config/fields.ts';
import { type BrokerConfig, type ConfigKey, configKeys, factsOfKey, propertyOf } from '../config/index.ts';

/** A value of a setting, and where it comes from. */
export interface SourcedValue {
  readonly value: string;
  readonly source: ConfigSource;
}

/** One setting of the broker. */
export interface BrokerConfigEntry {
  readonly name: string;
  /** Every value that it has somewhere; the first is in force. */
  readonly values: readonly [SourcedValue, ...SourcedValue[]];
  readonly type: ConfigType;
  readonly documentation: string;
  /** Whether it can be changed while the broker runs. */
  readonly isDynamic: boolean;
}

/** What the broker was started with, and what was changed since. */
export interface BrokerConfigs {
  /** Those that are defaults for its topics' settings, by broker-level names. */
  readonly topicDefaults: ConfigValues;
  /**
   * Every setting in force.
   *
   * @param clusterOnly - only what was set for all brokers
   */
  effective(state: MetadataState, clusterOnly: boolean): readonly BrokerConfigEntry[];
}

/** Makes the settings of the broker that runs with `config`. */
export function createBrokerConfigs(config: BrokerConfig): BrokerConfigs {
  const started = configKeys.map((key): readonly [ConfigKey, string] => [
    key,
    formatValue(factsOfKey(key), config[propertyOf(key)]),
  ]);
  const topicDefaults = new Map(
    started.filter(([key, value]) => {
      const known = brokerConfigs.get(key);
      return known !== undefined && topicConfigs.get(known.definition.name)?.defaultValue !== value;
    }),
  );
  return {
    topicDefaults,
    effective(state, clusterOnly) {
      const dynamic = new Map<string, [SourcedValue, ...SourcedValue[]]>();
      for (const [key, value] of state.clusterConfigs) dynamic.set(key, [{ value, source: 'dynamicCluster' }]);
      if (!clusterOnly) {
        const ownConfigs = state.brokers.get(config.nodeId)?.configs ?? [];
        for (const [key, value] of ownConfigs) {
          dynamic.set(key, [{ value, source: 'dynamicBroker' }, ...(dynamic.get(key) ?? [])]);
        }
      }
      const own = clusterOnly ? [] : started.map(([key, value]) => staticEntry(key, value, dynamic.get(key)));
      const ownNames = new Set<string>(own.map(({ name }) => name));
      const others = Array.from(dynamic, ([key, set]) => dynamicEntry(key, set)).filter(
        ({ name }) => !ownNames.has(name),
      );
      return [...own, ...others];
    },
  };
}

const configTypes = { BOOLEAN: 'boolean', STRING: 'string', INT: 'int', LONG: 'long', LIST: 'list' } as const;

function staticEntry(key: ConfigKey, value: string, dynamic: readonly SourcedValue[] = []): BrokerConfigEntry {
  const facts = factsOfKey(key);
  const builtIn: SourcedValue = { value: facts.defaultText, source: 'default' };
  const started: SourcedValue[] = value === builtIn.value ? [] : [{ value, source: 'staticBroker' }];
  const [first = builtIn, ...rest] = [...dynamic, ...started, builtIn];
  return {
    name: key,
    values: [first, ...rest],
    type: configTypes[facts.kafkaType],
    documentation: facts.description,
    isDynamic: brokerConfigs.has(key),
  };
}

function dynamicEntry(key: string, values: BrokerConfigEntry['values']): BrokerConfigEntry {
  const definition = brokerConfigs.get(key)?.definition;
  return {
    name: key,
    values,
    type: definition?.type ?? 'string',
    documentation: definition?.documentation ?? '',
    isDynamic: true,
  };
}
