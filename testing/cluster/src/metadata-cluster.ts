import { join } from 'node:path';
import { type Api, makeTemporaryFolder, type Remote, startRemote } from '@streambus-testing/harness';
import type { MetadataNodeFunctions } from './metadata-host.ts';
import type { MetadataNodeOptions } from './metadata-node.ts';

/** How a cluster is started. */
export interface MetadataClusterOptions extends Pick<MetadataNodeOptions, 'maxInflightCommands' | 'timeoutMs'> {
  /** What profiles and errors of its processes are named after. */
  readonly name: string;
  readonly size: number;
}

/** Processes of one program each with a node of one cluster in it, and folders of theirs that go away with them. */
export interface MetadataCluster<Functions extends MetadataNodeFunctions & Api<Functions>> extends AsyncDisposable {
  /** In the order of their ids, from 1. */
  readonly nodes: readonly Remote<Functions>[];
  /** The node that all of them follow. @throws Error when they do not follow the same */
  leader(): Promise<number>;
}

/** The prototype's bound: whoever leads without a break for so long is stable. */
const stableMs = 300;

/**
 * Starts a cluster from nothing; resolves when every node follows a leader.
 *
 * @param program - has a node by `hostMetadataNode`
 */
export async function startMetadataCluster<Functions extends MetadataNodeFunctions & Api<Functions>>(
  program: URL,
  options: MetadataClusterOptions,
): Promise<MetadataCluster<Functions>> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await makeTemporaryFolder());
  const { name, size, maxInflightCommands, timeoutMs } = options;
  const ids = Array.from({ length: size }, (_, index) => index + 1);
  const nodes = ids.map((id) => starting.use(startRemote<MetadataNodeFunctions>(program, `${name}-${id}`)));
  const all = <Result>(ask: (node: Remote<MetadataNodeFunctions>, nodeId: number) => Promise<Result>) =>
    Promise.all(nodes.map((node, index) => ask(node, index + 1)));
  const addresses = await all((node, nodeId) => {
    const own = join(folder.path, `${nodeId}`);
    return node.call('listen', { nodeId, size, folder: own, maxInflightCommands, timeoutMs });
  });
  const peers = addresses.map((address, index) => ({ id: index + 1, address }));
  await all((node) => node.call('join', peers));
  const leader = async (): Promise<number> => {
    const [first = 0, ...others] = await all((node) => node.call('stableLeader', stableMs));
    if (others.some((other) => other !== first)) throw new Error(`the nodes follow ${[first, ...others].join(', ')}`);
    return first;
  };
  await leader();
  const started = starting.move();
  return {
    // Each answers the base's functions and the program's own.
    nodes: nodes as unknown as readonly Remote<Functions>[],
    leader,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
