import type { BrokerConfig } from './broker-config.ts';
import { type ConfigKey, flagOf, keyOf, propertyOf, variableOf } from './config-key.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { formatValue } from './fields.ts';
import { findConflicts } from './relations.ts';
import { configKeys, configShape, factsOfKey, isConfigKey } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** Where values come from, the weakest first. */
export const configSourceKinds = ['default', 'preset', 'file', 'environment', 'set', 'flag'] as const;

/** One of {@link configSourceKinds}. */
type ConfigSourceKind = (typeof configSourceKinds)[number];

/** Values of one origin, not yet checked. */
export interface ConfigLayer {
  readonly kind: ConfigSourceKind;
  /** What the file or preset is called, where there may be several. */
  readonly name?: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One key as it is in effect. */
export interface ConfigEntry {
  readonly key: ConfigKey;
  /** As it would be written in the file, on the command line, or in a variable. */
  readonly value: string;
  readonly source: ConfigSourceKind;
  /** The source in words: `flag --node-id`, `file ./broker.json`. */
  readonly from: string;
}

/** A checked configuration, and how it came about. */
export interface EffectiveConfig {
  readonly config: BrokerConfig;
  /** Every key, in the order of the documentation. */
  readonly entries: readonly ConfigEntry[];
}

/**
 * Lays the layers over the defaults, the strongest kind on top, and checks all.
 *
 * @throws ConfigError with everything that is wrong, not the first thing alone
 */
export function resolveConfig(layers: readonly ConfigLayer[]): EffectiveConfig {
  const chosen = new Map<ConfigKey, { readonly layer: ConfigLayer; readonly value: unknown }>();
  const problems: ConfigProblem[] = [];
  const strength = (layer: ConfigLayer): number => configSourceKinds.indexOf(layer.kind);
  for (const layer of [...layers].sort((a, b) => strength(a) - strength(b))) {
    for (const [name, value] of Object.entries(layer.values)) {
      if (isConfigKey(name)) chosen.set(name, { layer, value });
      else problems.push(unknownKey(layer, name));
    }
  }

  const values: Partial<Record<keyof BrokerConfig, unknown>> = {};
  const entries = configKeys.map((key): ConfigEntry => {
    const choice = chosen.get(key);
    const parsed = configShape[key].safeParse(choice?.value);
    if (!parsed.success && choice !== undefined) problems.push(badValue(choice.layer, key, choice.value));
    values[propertyOf(key)] = parsed.data;
    const value = formatValue(factsOfKey(key), parsed.data);
    return choice === undefined
      ? { key, value, source: 'default', from: 'default' }
      : { key, value, source: choice.layer.kind, from: describeSource(choice.layer, key) };
  });
  refuse(problems);
  // Each property has just been set from the schema of its own key.
  const config = Object.freeze(values as BrokerConfig);
  refuse(findConflicts(config));
  return { config, entries };
}

/**
 * A configuration made in code, from typed values over the defaults and an optional preset.
 *
 * @throws ConfigError as {@link resolveConfig}
 */
export function makeBrokerConfig(
  overrides: Partial<BrokerConfig> = {},
  preset: Readonly<Record<string, unknown>> = {},
): BrokerConfig {
  return effectiveConfigOf(overrides, preset).config;
}

/**
 * A configuration made in code, as `streambus start --set` takes it: `key=value` for everything that is no default.
 *
 * @throws ConfigError as {@link resolveConfig}
 */
export function settingsOf(
  overrides: Partial<BrokerConfig>,
  preset: Readonly<Record<string, unknown>> = {},
): readonly string[] {
  return effectiveConfigOf(overrides, preset)
    .entries.filter(({ source }) => source !== 'default')
    .map(({ key, value }) => `${key}=${value}`);
}

function effectiveConfigOf(
  overrides: Partial<BrokerConfig>,
  preset: Readonly<Record<string, unknown>>,
): EffectiveConfig {
  const values: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(overrides)) {
    const key = keyOf(property as keyof BrokerConfig);
    values[key] = isConfigKey(key) ? formatValue(factsOfKey(key), value) : value;
  }
  return resolveConfig([
    { kind: 'preset', values: preset },
    { kind: 'set', values },
  ]);
}

function refuse(problems: readonly ConfigProblem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError(first, ...others);
}

function unknownKey(layer: ConfigLayer, name: string): ConfigProblem {
  const where = layer.kind === 'set' ? '--set' : `the ${layer.kind}${layer.name === undefined ? '' : ` ${layer.name}`}`;
  const names = layer.kind === 'environment' ? configKeys.map(variableOf) : configKeys;
  const hint = didYouMean(name, names) || '; docs/CONFIGURATION.md lists all keys';
  return { code: 'CONFIG_UNKNOWN_KEY', message: `${name} (in ${where}) is no configuration key${hint}` };
}

function badValue(layer: ConfigLayer, key: ConfigKey, value: unknown): ConfigProblem {
  const shown = JSON.stringify(value) ?? String(value);
  const from = describeSource(layer, key);
  return { code: 'CONFIG_BAD_VALUE', message: `${key} is ${shown} (${from}); allowed: ${factsOfKey(key).allowed}` };
}

function describeSource(layer: ConfigLayer, key: ConfigKey): string {
  switch (layer.kind) {
    case 'flag':
      return `flag ${flagOf(key)}`;
    case 'set':
      return `--set ${key}`;
    case 'environment':
      return `environment ${variableOf(key)}`;
    default:
      return layer.name === undefined ? layer.kind : `${layer.kind} ${layer.name}`;
  }
}
