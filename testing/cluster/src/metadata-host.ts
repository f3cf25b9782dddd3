import type { SocketAddress } from '@streambus/runtime';
import type { Peer } from '@streambus/transport';
import { MetadataNode, type MetadataNodeOptions } from './metadata-node.ts';

/** A node as its process tells of it. */
export interface NodeStatus {
  readonly leader: number;
  readonly term: number;
  /** Roles and leaders that it has had since it was asked for the last time, in words. */
  readonly changes: readonly string[];
}

/** What every program with a node in it can be asked. */
export interface MetadataNodeFunctions {
  /** Makes the node. @returns where its peers reach it */
  listen(options: MetadataNodeOptions): Promise<SocketAddress>;
  join(peers: readonly Peer[]): Promise<void>;
  /** Waits until one leader has led for so long. @returns its id */
  stableLeader(forMs: number): Promise<number>;
  status(): NodeStatus;
  stop(): Promise<void>;
}

/** The node of this process, and the answers that do not depend on what it is used for. */
export interface MetadataHost {
  readonly functions: MetadataNodeFunctions;
  /** @throws Error before `listen` */
  readonly node: MetadataNode;
}

/** For a program that answers {@link MetadataNodeFunctions} among others. */
export function hostMetadataNode(): MetadataHost {
  let hosted: MetadataNode | undefined;
  let changes: string[] = [];
  const node = (): MetadataNode => {
    if (hosted === undefined) throw new Error('this process has no node yet');
    return hosted;
  };
  const functions: MetadataNodeFunctions = {
    listen(options) {
      hosted = new MetadataNode(options);
      hosted.raft.subscribe((event) => {
        if (event.type === 'role') changes.push(`${event.role} in term ${event.term}`);
        else if (event.type === 'leader') changes.push(`led by ${event.leader} in term ${event.term}`);
        else if (event.type === 'failed') changes.push(`failed: ${event.error.message}`);
      });
      return hosted.listen();
    },
    join: (peers) => node().join(peers),
    async stableLeader(forMs) {
      const { leaderId } = await node().store.waitForStableLeader({ forMs });
      if (leaderId === undefined) throw new Error('a stable leader is nobody');
      return leaderId;
    },
    status() {
      const { leader, term } = node().raft.status();
      const status = { leader, term, changes };
      changes = [];
      return status;
    },
    stop: () => node().stop(),
  };
  return {
    functions,
    get node() {
      return node();
    },
  };
}
