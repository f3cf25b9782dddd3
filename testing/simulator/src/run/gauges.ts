import type { Cluster } from '../cluster/cluster.ts';
import type { World } from '../world/world.ts';
import type { Configuration } from './configuration.ts';
import type { Judge } from './judge.ts';

/** What is looked at. */
export interface GaugesParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly configuration: Configuration;
  readonly judge: Judge;
}

const everyUs = 1_000_000;
/** A command without its ballast, and its number in a session. */
const proposalOverheadBytes = 64;

/** Looks, once in a virtual second, at everything that can be counted. */
export function lookAtGauges(parts: GaugesParts): void {
  const { world, cluster, configuration, judge } = parts;
  world.after(everyUs, () => {
    for (const { watch, node, transport, channels } of cluster.lives) {
      const gauges = { status: node.status(), transport: transport.metrics() };
      const maxProposalBytes = configuration.clients.maxBallastBytes + proposalOverheadBytes;
      judge.onGauges(watch, { ...gauges, node: configuration.node, maxProposalBytes, channels: channels.all });
    }
    lookAtGauges(parts);
    return false;
  });
}
