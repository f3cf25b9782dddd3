import { type BrokerConfig, formatSocketAddress } from '../config/index.ts';
import { type ChildBroker, startChildBroker } from '../processes/child-broker.ts';
import { type DeveloperBroker, layOutCluster } from '../processes/developer-cluster.ts';
import { aborted } from './aborted.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';

const readyTimeoutMs = 60_000;

/** Of the terminal: readable on dark and on light. */
const colours = [36, 33, 35, 32, 34, 31];

/**
 * Runs several brokers, each in a process of its own, until it is told to stop. One that ends by itself does not end the others: that is what a cluster is for.
 *
 * @throws CliError when one cannot start, or when all have ended
 */
export async function serveCluster(config: BrokerConfig, brokers: number, context: CliContext): Promise<void> {
  const stop = context.stopSignal();
  const layout = layOut(config, brokers);
  const children = layout.map((broker) => startOne(broker, context));
  try {
    await Promise.race([Promise.all(children.map(({ ready }) => ready)), aborted(stop)]);
    if (!stop.aborted) {
      context.stdout.write(readyLine(layout, config, context));
      await Promise.race([Promise.all(children.map(({ ended }) => ended)), aborted(stop)]);
    }
  } catch (thrown) {
    throw new CliError('CLI_FAILED', `the cluster cannot start: ${(thrown as Error).message}`, { cause: thrown });
  } finally {
    await stopAll(children, config, context);
  }
  if (!stop.aborted) throw new CliError('CLI_FAILED', 'all brokers have ended');
}

function layOut(config: BrokerConfig, brokers: number): readonly DeveloperBroker[] {
  if (config.storage === 'memory') throw new CliError('CLI_USAGE', '--brokers needs storage=disk');
  try {
    return layOutCluster(config, brokers);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new CliError('CLI_USAGE', thrown.message);
    throw thrown;
  }
}

function startOne({ id, settings }: DeveloperBroker, context: CliContext): ChildBroker {
  const isColoured = context.stderr.isTTY === true && !context.environment['NO_COLOR'];
  const name = `broker-${id} | `;
  const prefix = isColoured ? `\u001b[${colours[(id - 1) % colours.length]}m${name}\u001b[0m` : name;
  const child = startChildBroker(
    {
      args: ['start', ...settings.flatMap((setting) => ['--set', setting])],
      environment: context.environment,
      readyTimeoutMs,
      // Ctrl-C goes to a whole group of processes, and a broker takes a second signal for an order to end at once.
      ownGroup: true,
      onLine: (line) => context.stderr.write(`${prefix}${line}\n`),
    },
    context.clock,
  );
  void child.ended.then((end) => context.stderr.write(`${prefix}ended with ${end}\n`));
  return child;
}

function readyLine(layout: readonly DeveloperBroker[], { dataDir }: BrokerConfig, context: CliContext): string {
  const kafka = layout.map((broker) => formatSocketAddress(broker.kafka)).join(',');
  const elapsedMs = Math.round(context.clock.wallTimeMs() - context.startedAtMs);
  return `streambus ready kafka=${kafka} data=${dataDir} brokers=${layout.length} in ${elapsedMs} ms\n`;
}

async function stopAll(children: readonly ChildBroker[], config: BrokerConfig, { clock }: CliContext): Promise<void> {
  for (const child of children) child.signal('SIGTERM');
  const timer = clock.setTimer(config.shutdownTimeoutMs + 1000, () => {
    for (const child of children) child.signal('SIGKILL');
  });
  await Promise.all(children.map(({ ended }) => ended));
  timer.cancel();
}
