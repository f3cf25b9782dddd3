import { StreamBusError } from '@streambus/runtime';

/**
 * What is wrong with a configuration.
 *
 * - `CONFIG_UNKNOWN_KEY`: no such key.
 * - `CONFIG_BAD_VALUE`: a value that its key does not allow.
 * - `CONFIG_CONFLICT`: values that are allowed one by one but not together.
 * - `CONFIG_BAD_FILE`: the file cannot be read, or is not a JSON object.
 */
export const configErrorCodes = [
  'CONFIG_UNKNOWN_KEY',
  'CONFIG_BAD_VALUE',
  'CONFIG_CONFLICT',
  'CONFIG_BAD_FILE',
] as const;

/** One of {@link configErrorCodes}. */
export type ConfigErrorCode = (typeof configErrorCodes)[number];

/** One thing to put right: a line that names the key, its value, where that came from, and what is allowed. */
export interface ConfigProblem {
  readonly code: ConfigErrorCode;
  readonly message: string;
}

/** A configuration that is refused. The code is that of the first problem; the message has a line for each. */
export class ConfigError extends StreamBusError<ConfigErrorCode> {
  override readonly name = 'ConfigError';
  /** Never empty. */
  readonly problems: readonly ConfigProblem[];

  constructor(first: ConfigProblem, ...others: readonly ConfigProblem[]) {
    const problems = [first, ...others];
    super(first.code, problems.map((problem) => problem.message).join('\n'));
    this.problems = problems;
  }
}
