import { randomUuid } from '@streambus/runtime';
import { nodeRandom } from '@streambus/runtime/node';
import type { Command } from 'commander';
import { parseSocketAddress } from '../../config/socket-address.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';

/** How a command reaches a cluster. */
export interface ClientConnection {
  readonly clientId: string;
  /** `HOST:PORT`, at least one. */
  readonly bootstrapBrokers: string[];
  readonly connectTimeout: number;
  readonly requestTimeout: number;
  readonly retries: number;
  readonly retryDelay: number;
}

const defaultBootstrap = '127.0.0.1:9092';

/** Adds the option that every client command has. */
export function addBootstrapOption(command: Command): void {
  command.option(
    '--bootstrap <HOST:PORT,…>',
    `brokers to ask first (environment: STREAMBUS_BOOTSTRAP; default: ${defaultBootstrap})`,
  );
}

/**
 * What {@link addBootstrapOption} comes to.
 *
 * @throws CliError when an address is none
 */
export function readConnection(options: { readonly bootstrap?: string }, context: CliContext): ClientConnection {
  const text = options.bootstrap ?? (context.environment['STREAMBUS_BOOTSTRAP'] || defaultBootstrap);
  const bootstrapBrokers = text.split(',').map((address) => address.trim());
  for (const address of bootstrapBrokers) {
    if ((parseSocketAddress(address)?.port ?? 0) > 0) continue;
    const message = `--bootstrap ${JSON.stringify(address)} is no address; allowed: HOST:PORT, several divided by commas, such as ${defaultBootstrap}`;
    throw new CliError('CLI_USAGE', message);
  }
  return {
    clientId: `streambus-cli-${randomUuid(nodeRandom).slice(0, 8)}`,
    bootstrapBrokers,
    connectTimeout: 5000,
    requestTimeout: 30_000,
    // Some seconds in all: longer than a leader's move, shorter than anybody's patience.
    retries: 15,
    retryDelay: 300,
  };
}

/** Retries before anything was reached: whoever mistyped an address is told so at once. */
const firstRetries = 1;

/** Reaches a broker and learns about a topic, so that a cluster that is not there is told apart from one that stumbles. */
export async function reach(
  client: { metadata(options: { topics: string[]; autocreateTopics: boolean; retries: number }): Promise<unknown> },
  topics: readonly string[],
  autocreateTopics = false,
): Promise<void> {
  await client.metadata({ topics: [...topics], autocreateTopics, retries: firstRetries });
}
