import { type MetadataNodeFunctions, startMetadataCluster } from '@streambus-testing/cluster';
import type { Remote } from '@streambus-testing/harness';
import type { Contender, WayIn } from './contender.ts';
import type { Load, LoadFigures } from './load.ts';

/** What a node's process can be asked. */
export interface BenchNodeFunctions extends MetadataNodeFunctions {
  /** Makes what a load of so many places updates. */
  prepare(places: number): Promise<void>;
  load(load: Load): Promise<LoadFigures>;
}

const program = new URL('../../peers/metadata-node.ts', import.meta.url);

/** Three nodes as brokers have them; the load is made in the process of one of them, by its store. */
export async function startStreamBus(places: number): Promise<Contender> {
  const beganMs = performance.now();
  const cluster = await startMetadataCluster<BenchNodeFunctions>(program, {
    name: 'metadata',
    size: 3,
    maxInflightCommands: places,
    timeoutMs: 30_000,
  });
  try {
    const leader = await cluster.leader();
    const members = cluster.nodes.map((node, index) => ({ node, isLeader: index + 1 === leader }));
    const at = (wayIn: WayIn): Remote<BenchNodeFunctions> => {
      const member = members.find(({ isLeader }) => isLeader === (wayIn === 'leader'));
      if (member === undefined) throw new Error(`there is no ${wayIn}`);
      return member.node;
    };
    await at('leader').call('prepare', places);
    return {
      name: 'StreamBus',
      startMs: performance.now() - beganMs,
      pids: cluster.nodes.map(({ pid }) => pid),
      clientPid: (wayIn) => at(wayIn).pid,
      async load(wayIn, load) {
        const figures = await at(wayIn).call('load', load);
        const now = await cluster.leader();
        if (now !== leader) throw new Error(`node ${leader} led, and under load node ${now} does`);
        return figures;
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}
