import type { Command } from 'commander';
import { type ConfigEntry, developerPreset } from '../../config/index.ts';
import { addConfigOptions, configHelp, readEffectiveConfig } from '../config-options.ts';
import type { CliContext } from '../context.ts';
import { formatTable } from '../table.ts';

const examples = `
Examples:
  streambus config
  STREAMBUS_NODE_ID=2 streambus config --set log.retention.ms=3600000
  streambus config --dev --json`;

interface ConfigCommandOptions extends Readonly<Record<string, unknown>> {
  readonly json?: true;
  readonly dev?: true;
}

/** `streambus config`: what would be in effect, and why. */
export function define(command: Command, context: CliContext): void {
  command.option('--json', 'print JSON').option('--dev', 'with the preset of streambus dev');
  addConfigOptions(command);
  command.addHelpText('after', `${configHelp}\n${examples}`);
  command.action(async (options: ConfigCommandOptions) => {
    const preset = options.dev === true ? { name: 'dev', values: developerPreset } : undefined;
    const { entries } = await readEffectiveConfig(options, context, preset);
    context.stdout.write(options.json === true ? toJson(entries) : toTable(entries));
  });
}

function toTable(entries: readonly ConfigEntry[]): string {
  return formatTable(
    ['KEY', 'VALUE', 'FROM'],
    entries.map(({ key, value, from }) => [key, value, from]),
  );
}

function toJson(entries: readonly ConfigEntry[]): string {
  const object = Object.fromEntries(entries.map(({ key, value, source, from }) => [key, { value, source, from }]));
  return `${JSON.stringify(object, undefined, 2)}\n`;
}
