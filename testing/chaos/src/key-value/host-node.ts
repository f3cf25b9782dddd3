import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createRaftChannels, createRaftNode, type RaftNode } from '@streambus/raft-node';
import { createNodeDisk, createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport, type Peer } from '@streambus/transport';
import { answerCalls } from '@streambus-testing/harness';
import { type Content, KeyValueMachine } from './key-value-machine.ts';
import { NodeDiary } from './node-diary.ts';
import { serve } from './server.ts';
import { createKeyValueService, type KeyValueService } from './service.ts';

/** What a node is. */
export interface KeyValueNodeOptions {
  readonly nodeId: number;
  /** A folder of its own, that has to be there. */
  readonly folder: string;
  /** All nodes, this one too. */
  readonly peers: readonly Peer[];
  readonly snapshotAfterEntries: number;
}

/** A node when nothing is under way. */
export interface Rest {
  readonly applied: number;
  /** Of its newest snapshot, which it takes for that: state and sessions. */
  readonly snapshotDigest: string;
  readonly content: Content;
}

/** What a node's process can be asked by its parent. */
export interface KeyValueNodeFunctions {
  start(options: KeyValueNodeOptions): Promise<void>;
  /** When everything is applied that was committed before. */
  rest(): Promise<Rest>;
}

/** Which part of a node a test replaces. */
export interface HostParts {
  readonly createMachine?: () => KeyValueMachine;
  readonly createService?: (node: RaftNode, machine: KeyValueMachine) => KeyValueService;
}

/** Where a node is asked by its clients. */
export function socketOf(folder: string): string {
  return join(folder, 'clients.sock');
}

/** What has happened to it. */
export function diaryOf(folder: string): string {
  return join(folder, 'diary.jsonl');
}

/** Makes this process one of a node: a replica over a transport, on a real disk, with clients on a socket. */
export function hostNode({
  createMachine = () => new KeyValueMachine(),
  createService = createKeyValueService,
}: HostParts = {}): void {
  let hosted: { readonly node: RaftNode; readonly machine: KeyValueMachine; readonly folder: string } | undefined;
  answerCalls<KeyValueNodeFunctions>({
    async start(options) {
      const machine = createMachine();
      const node = await startNode(options, machine);
      await serve(socketOf(options.folder), createService(node, machine));
      hosted = { node, machine, folder: options.folder };
    },
    async rest() {
      if (hosted === undefined) throw new Error('this process has no node yet');
      const { node, machine, folder } = hosted;
      await node.readBarrier();
      const applied = await node.takeSnapshot();
      const snapshot = readFileSync(join(folder, 'raft', 'snapshot'));
      return { applied, snapshotDigest: createHash('sha1').update(snapshot).digest('hex'), content: machine.content() };
    },
  });
  flushCompileCache();
}

async function startNode(options: KeyValueNodeOptions, machine: KeyValueMachine): Promise<RaftNode> {
  const { nodeId, folder, peers, snapshotAfterEntries } = options;
  const listen = peers.find(({ id }) => id === nodeId)?.address;
  if (listen === undefined) throw new Error(`node ${nodeId} is not among its peers`);
  const diary = new NodeDiary(diaryOf(folder));
  const clusterId = 'chaos';
  const ports = { clock: nodeClock, random: nodeRandom, logger: diary.logger() };
  const channels = createRaftChannels();
  const transport = createTransport(
    { clusterId, nodeId, listen, peers, channels: channels.all, plaintext: 'anywhere-without-encryption' },
    { ...ports, network: createNodeNetwork() },
  );
  const members = peers.map(({ id }) => id);
  const node = createRaftNode(
    { clusterId, nodeId, members, storage: { folder: join(folder, 'raft') }, snapshotAfterEntries },
    { ...ports, disk: createNodeDisk(), network: { transport, channels }, stateMachine: machine },
  );
  diary.note('begins', { pid: process.pid });
  diary.follow(node);
  await Promise.all([transport.start(), node.start()]);
  return node;
}
