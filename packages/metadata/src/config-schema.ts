import { MetadataError } from './errors.ts';
import { topicConfigDefinitions } from './topic-config-table.ts';

/** What a value is, as Kafka's DescribeConfigs names it. */
export type ConfigType = 'boolean' | 'int' | 'long' | 'double' | 'string' | 'list';

/** A broker-level name whose value is a topic's default. */
export interface ConfigSynonym {
  readonly name: string;
  /** How many of the topic setting's units one unit of this is: 60,000 for minutes where the topic has milliseconds. Default 1. */
  readonly multiplier?: number;
}

/** One setting of a topic. */
export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** As it would be written. */
  readonly defaultValue: string;
  /** Of a string the allowed values, of a list the allowed members. */
  readonly validValues?: readonly string[];
  /** The least and the largest allowed number, as they would be written. */
  readonly minimum?: string;
  readonly maximum?: string;
  readonly documentation: string;
  /** The broker-level names that give its default, the one that counts most first. */
  readonly synonyms: readonly ConfigSynonym[];
}

/** A value as a program uses it. A long beyond 2^53-1 becomes 2^53-1: as good as no limit. */
export type ConfigValue = boolean | number | string | readonly string[];

/** A broker-level name for the default of a topic's setting. */
export interface BrokerConfigDefinition {
  readonly name: string;
  readonly definition: ConfigDefinition;
  /** {@link ConfigSynonym.multiplier}, filled in. */
  readonly multiplier: number;
}

/** {@link topicConfigDefinitions} by name. */
export const topicConfigs: ReadonlyMap<string, ConfigDefinition> = new Map(
  topicConfigDefinitions.map((definition) => [definition.name, definition]),
);

/** The settings of brokers that are defaults for topics, by name. */
export const brokerConfigs: ReadonlyMap<string, BrokerConfigDefinition> = new Map(
  topicConfigDefinitions.flatMap((definition) =>
    definition.synonyms.map(({ name, multiplier = 1 }) => [name, { name, definition, multiplier }]),
  ),
);

/** Whose settings a key is looked up among. */
export type ConfigScope = 'topic' | 'broker';

/**
 * Checks and reads the text of a setting.
 *
 * @throws MetadataError `INVALID_CONFIG` naming key, value and what is allowed
 */
export function parseConfigValue(scope: ConfigScope, key: string, text: string): ConfigValue {
  if (scope === 'topic') return parseValue(key, requireDefinition(scope, key), text);
  const { definition, multiplier } = requireBrokerConfig(key);
  return scaled(parseValue(key, definition, text), multiplier);
}

/**
 * Checks a key of a topic or a broker.
 *
 * @throws MetadataError `INVALID_CONFIG` when there is no such setting
 */
export function requireDefinition(scope: ConfigScope, key: string): ConfigDefinition {
  if (scope === 'broker') return requireBrokerConfig(key).definition;
  const definition = topicConfigs.get(key);
  if (definition === undefined) throw unknownKey('topic', key, topicConfigs.keys());
  return definition;
}

function requireBrokerConfig(key: string): BrokerConfigDefinition {
  const definition = brokerConfigs.get(key);
  if (definition === undefined) throw unknownKey('broker', key, brokerConfigs.keys());
  return definition;
}

function unknownKey(scope: ConfigScope, key: string, allowed: Iterable<string>): MetadataError {
  const names = [...allowed].sort().join(', ');
  return new MetadataError('INVALID_CONFIG', `${scope} setting ${quoted(key)} is unknown; allowed are ${names}`);
}

/** Units of a broker-level name turned into the topic's; -1 stays what it is: no limit. */
function scaled(value: ConfigValue, multiplier: number): ConfigValue {
  if (typeof value !== 'number' || value < 0) return value;
  return Math.min(value * multiplier, Number.MAX_SAFE_INTEGER);
}

function parseValue(key: string, definition: ConfigDefinition, text: string): ConfigValue {
  switch (definition.type) {
    case 'boolean':
      return parseBoolean(key, text);
    case 'int':
    case 'long':
      return parseInteger(key, definition, text);
    case 'double':
      return parseDouble(key, definition, text);
    case 'string':
      return parseChoice(key, definition, text);
    case 'list':
      return parseList(key, definition, text);
  }
}

function parseBoolean(key: string, text: string): boolean {
  const lower = text.trim().toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw invalidValue(key, text, 'true or false');
  return lower === 'true';
}

const largestLong = 2n ** 63n - 1n;

function parseInteger(key: string, definition: ConfigDefinition, text: string): number {
  const trimmed = text.trim();
  if (!/^[+-]?\d{1,20}$/.test(trimmed)) throw invalidValue(key, text, `an integer ${rangeText(definition)}`);
  const value = BigInt(trimmed.replace('+', ''));
  const minimum = BigInt(definition.minimum ?? -largestLong);
  const maximum = BigInt(definition.maximum ?? largestLong);
  if (value < minimum || value > maximum) throw invalidValue(key, text, `an integer ${rangeText(definition)}`);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function parseDouble(key: string, definition: ConfigDefinition, text: string): number {
  const trimmed = text.trim();
  const value = Number(trimmed);
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) && Number.isFinite(value);
  if (!isNumber || value < Number(definition.minimum ?? -Infinity) || value > Number(definition.maximum ?? Infinity)) {
    throw invalidValue(key, text, `a number ${rangeText(definition)}`);
  }
  return value;
}

function parseChoice(key: string, definition: ConfigDefinition, text: string): string {
  const trimmed = text.trim();
  if (definition.validValues !== undefined && !definition.validValues.includes(trimmed)) {
    throw invalidValue(key, text, `one of ${definition.validValues.join(', ')}`);
  }
  return trimmed;
}

function parseList(key: string, definition: ConfigDefinition, text: string): readonly string[] {
  const members = splitList(text);
  const allowed = definition.validValues;
  const isValid =
    members.length > 0 &&
    new Set(members).size === members.length &&
    members.every((member) => allowed === undefined || allowed.includes(member));
  if (!isValid) throw invalidValue(key, text, `a list, without repetition, of ${allowed?.join(', ') ?? 'words'}`);
  return members;
}

/** The members of a list as written: divided by commas, trimmed. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

function rangeText(definition: ConfigDefinition): string {
  const { minimum, maximum = definition.type === 'long' ? String(largestLong) : undefined } = definition;
  return `from ${minimum ?? 'any'} to ${maximum ?? 'any'}`;
}

function invalidValue(key: string, text: string, allowed: string): MetadataError {
  return new MetadataError('INVALID_CONFIG', `setting ${key} is ${quoted(text)}; allowed is ${allowed}`);
}

/** For messages: what somebody else wrote, marked off and bounded. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
