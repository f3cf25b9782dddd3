import { type Clock, type Disk, type Logger, type Network, type Random, toError } from '@streambus/runtime';
import { createNodeDisk, createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import type { BrokerConfig } from '../config/index.ts';
import { Broker, type RunningBroker } from './broker.ts';

export type { RunningBroker } from './broker.ts';

/** What a broker takes from outside; what is not given is the machine's. */
export interface BrokerDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly network?: Network;
  /** Not used when `storage` is `memory`. */
  readonly disk?: Disk;
}

/**
 * Starts a broker; resolves when a client can produce. When it cannot start, nothing of it is left.
 *
 * @throws BrokerError, DiskError, NetworkError, RaftNodeError: each says what is in the way
 */
export async function runBroker(config: BrokerConfig, dependencies: BrokerDependencies): Promise<RunningBroker> {
  const { logger, clock = nodeClock, random = nodeRandom, network = createNodeNetwork() } = dependencies;
  const disk = config.storage === 'memory' ? await memoryDisk() : (dependencies.disk ?? createNodeDisk());
  const broker = new Broker(config, { logger, clock, random, network, disk });
  try {
    await broker.start();
    return broker;
  } catch (thrown) {
    try {
      await broker.close();
    } catch (second) {
      logger.error({ err: second }, 'closing what had been started failed too');
    }
    throw toError(thrown);
  }
}

async function memoryDisk(): Promise<Disk> {
  const { createMemoryDisk } = await import('@streambus/runtime/testing');
  return createMemoryDisk();
}
