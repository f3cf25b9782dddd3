import type { Command } from 'commander';
import { addConfigOptions, configHelp, readEffectiveConfig } from '../config-options.ts';
import type { CliContext } from '../context.ts';
import { serve } from '../serve.ts';

const examples = `
Examples:
  streambus start --data-dir /var/lib/streambus
  streambus start --kafka-listen '[::1]:9092' --admin-listen none
  streambus start --kafka-listen 0.0.0.0:9092 --listen-insecure --kafka-advertise broker.example:9092
  streambus start --config broker.json --set log.retention.ms=3600000

When clients can produce, one line goes to stdout: streambus ready kafka=HOST:PORT admin=HOST:PORT data=DIR in N ms
Log lines go to stderr. SIGTERM or SIGINT stops it in order; a second one at once.`;

/** `streambus start`: a broker that does what it is told and no more. */
export function define(command: Command, context: CliContext): void {
  addConfigOptions(command);
  command.addHelpText('after', `${configHelp}\n${examples}`);
  command.action(async (options: Readonly<Record<string, unknown>>) => {
    const { config } = await readEffectiveConfig(options, context);
    await serve(config, context);
  });
}
