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
