import { type Command, InvalidArgumentError } from 'commander';
import { developerPreset } from '../../config/index.ts';
import { addConfigOptions, configHelp, readEffectiveConfig } from '../config-options.ts';
import type { CliContext } from '../context.ts';
import { serve } from '../serve.ts';

const examples = `
Examples:
  streambus dev
  streambus dev --brokers 3                           three of them, on ports 9092, 9093 and 9094
  streambus dev --storage memory --kafka-listen 127.0.0.1:0 --admin-listen none

The same as streambus start with: ${Object.entries(developerPreset)
  .map(([key, value]) => `${key}=${value}`)
  .join(' ')}`;

/** `streambus dev`: a broker that is easy to try things with. */
export function define(command: Command, context: CliContext): void {
  command.option('--brokers <N>', 'how many, each in a process of its own', readBrokers, 1);
  addConfigOptions(command);
  command.addHelpText('after', `${configHelp}\n${examples}`);
  command.action(async (options: Readonly<Record<string, unknown>>) => {
    const { config } = await readEffectiveConfig(options, context, { name: 'dev', values: developerPreset });
    const brokers = Number(options['brokers']);
    if (brokers === 1) return serve(config, context);
    const { serveCluster } = await import('../serve-cluster.ts');
    await serveCluster(config, brokers, context);
  });
}

const maxBrokers = 9;

function readBrokers(text: string): number {
  const brokers = Number(text);
  if (Number.isInteger(brokers) && brokers >= 1 && brokers <= maxBrokers) return brokers;
  throw new InvalidArgumentError(`Allowed: an integer from 1 to ${maxBrokers}.`);
}
