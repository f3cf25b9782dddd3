import type { Clock, Disk, Logger, Network, Random } from '@streambus/runtime';

/** What a broker takes from outside. */
export interface BrokerPorts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
}
