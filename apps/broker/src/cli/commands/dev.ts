import type { Command } from 'commander';
import { developerPreset } from '../../config/index.ts';
import { addConfigOptions, configHelp, readEffectiveConfig } from '../config-options.ts';
import type { CliContext } from '../context.ts';
import { serve } from '../serve.ts';

const examples = `
Examples:
  streambus dev
  streambus dev --storage memory --kafka-listen 127.0.0.1:0 --admin-listen none

The same as streambus start with: ${Object.entries(developerPreset)
  .map(([key, value]) => `${key}=${value}`)
  .join(' ')}`;

/** `streambus dev`: a broker that is easy to try things with. */
export function define(command: Command, context: CliContext): void {
  addConfigOptions(command);
  command.addHelpText('after', `${configHelp}\n${examples}`);
  command.action(async (options: Readonly<Record<string, unknown>>) => {
    const { config } = await readEffectiveConfig(options, context, { name: 'dev', values: developerPreset });
    await serve(config, context);
  });
}
