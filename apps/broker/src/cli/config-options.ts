import { readWholeFile, toError } from '@streambus/runtime';
import { type Command, Option } from 'commander';
import {
  assignmentsLayer,
  ConfigError,
  type ConfigLayer,
  configKeys,
  type EffectiveConfig,
  environmentLayer,
  factsOfKey,
  fileLayer,
  flagOf,
  type Preset,
  propertyOf,
  resolveConfig,
} from '../config/index.ts';
import type { CliContext } from './context.ts';

/** Adds a flag for every key, `--config` and `--set`. */
export function addConfigOptions(command: Command): void {
  command
    .option('--config <FILE>', 'a JSON object of configuration keys (environment: STREAMBUS_CONFIG)')
    .option('--set <KEY=VALUE>', 'one key; may be repeated', (value, earlier: string[] = []) => [...earlier, value]);
  for (const key of configKeys) {
    const { section, description, defaultText, placeholder, kafkaType } = factsOfKey(key);
    // A switch may stand alone: --listen-insecure says true.
    const value = kafkaType === 'BOOLEAN' ? `[${placeholder}]` : `<${placeholder}>`;
    const option = new Option(`${flagOf(key)} ${value}`, `${description} (default: ${defaultText})`);
    command.addOption(option.helpGroup(`${section}:`));
  }
}

/** What {@link addConfigOptions} explains beneath the flags. */
export const configHelp = `
A value is taken from the first of: flag, --set, environment (log.segment.bytes is STREAMBUS_LOG_SEGMENT_BYTES),
file, preset, default. "streambus config" with the same flags shows what is in effect, and why.`;

/**
 * The configuration that a command's flags, its environment and its file come to.
 *
 * @throws ConfigError
 */
export async function readEffectiveConfig(
  options: Readonly<Record<string, unknown>>,
  context: CliContext,
  preset?: { readonly name: string; readonly values: Preset },
): Promise<EffectiveConfig> {
  const layers: ConfigLayer[] = [flagsLayer(options), environmentLayer(context.environment)];
  if (preset !== undefined) layers.push({ kind: 'preset', ...preset });
  if (Array.isArray(options['set'])) layers.push(assignmentsLayer(options['set']));
  const path = options['config'] ?? context.environment['STREAMBUS_CONFIG'];
  if (typeof path === 'string' && path !== '') layers.push(fileLayer(path, await readText(context, path)));
  return resolveConfig(layers);
}

/** Commander names an option as the configuration names a property. */
function flagsLayer(options: Readonly<Record<string, unknown>>): ConfigLayer {
  const values: Record<string, unknown> = {};
  for (const key of configKeys) {
    const value = options[propertyOf(key)];
    if (value !== undefined) values[key] = value;
  }
  return { kind: 'flag', values };
}

async function readText(context: CliContext, path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readWholeFile(context.disk, path));
  } catch (error) {
    const message = `the configuration file ${path} cannot be read: ${toError(error).message}`;
    throw new ConfigError({ code: 'CONFIG_BAD_FILE', message });
  }
}
