import {
  createRaftChannels,
  createRaftNode,
  type RaftNode,
  RaftNodeError,
  type RaftNodeOptions,
  type SnapshotTransfer,
} from '@streambus/raft-node';
import { silentLogger } from '@streambus/runtime';
import { createNodeDisk, createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport, type Peer, type Transport } from '@streambus/transport';
import { type ChunkStore, count, createChunkStore, fill } from './chunk-store.ts';

/*
 * A process with one node whose state is large, on a real disk and real sockets: does what its parent asks over IPC.
 */

/** What a process's node is. */
export interface SnapshotProgramOptions {
  readonly nodeId: number;
  readonly folder: string;
  readonly peers: readonly Peer[];
  /** The voters that the cluster begins with; a node that is not among them waits to be added. */
  readonly voters: readonly number[];
  /** The process ends as by `kill -9` when it has received so much of a snapshot. */
  readonly killAtBytes?: number;
  readonly raft?: Partial<RaftNodeOptions>;
}

/** How long proposals took, in milliseconds. */
export interface LoadFigures {
  readonly proposals: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

/** What a node has told of snapshots that it sent or received to the end. */
export interface FinishedTransfer extends SnapshotTransfer {
  readonly durationMs: number;
}

/** The commands, for whoever asks. */
export type SnapshotCommands = typeof commands;

/** What goes over IPC to the process, and back. */
export interface Question {
  readonly question: number;
  readonly command: keyof SnapshotCommands;
  readonly parameters: readonly unknown[];
}
export interface Answer {
  readonly answer: number;
  readonly value?: unknown;
  readonly error?: string;
}

const fillsAtOnce = 256;
const retryMs = 20;

let node: RaftNode | undefined;
let transport: Transport | undefined;
let store: ChunkStore | undefined;
let elections = 0;
let lastDurationMs = 0;
const finished: FinishedTransfer[] = [];

const commands = {
  async start(options: SnapshotProgramOptions): Promise<void> {
    const { nodeId, folder, peers, voters, killAtBytes, raft } = options;
    const clusterId = 'snapshots';
    const channels = createRaftChannels();
    const listen = peers.find(({ id }) => id === nodeId)?.address;
    if (listen === undefined) throw new Error(`node ${nodeId} is not among its peers`);
    transport = createTransport(
      { clusterId, nodeId, listen, peers, channels: channels.all },
      { clock: nodeClock, random: nodeRandom, network: createNodeNetwork() },
    );
    store = createChunkStore();
    const joins = !voters.includes(nodeId);
    const storage = { folder, whenEmpty: joins ? ('join' as const) : ('bootstrap' as const) };
    const observeTransfer = (durationMs: number): void => {
      lastDurationMs = durationMs;
    };
    node = createRaftNode(
      { clusterId, nodeId, storage, ...(joins ? {} : { members: voters }), ...raft },
      {
        disk: createNodeDisk(),
        clock: nodeClock,
        random: nodeRandom,
        network: { transport, channels },
        stateMachine: store,
        logger: silentLogger,
        observer: { onSnapshotSent: observeTransfer, onSnapshotReceived: observeTransfer },
      },
    );
    node.subscribe((event) => {
      if (event.type === 'leader') elections++;
      if (event.type !== 'snapshotTransfer' || event.phase !== 'finished') return;
      finished.push({ ...event.transfer, durationMs: lastDurationMs });
    });
    if (killAtBytes !== undefined) dieAt(node, killAtBytes);
    await Promise.all([transport.start(), node.start()]);
  },

  /** Proposes to fill these chunks, some at once. */
  async fill(first: number, end: number): Promise<void> {
    let next = first;
    const run = async (): Promise<void> => {
      while (next < end) await propose(fill(next++));
    };
    await Promise.all(Array.from({ length: fillsAtOnce }, run));
  },

  /** Clients that propose one small thing after the other for so long. */
  async load(clients: number, durationMs: number): Promise<LoadFigures> {
    const untilMs = performance.now() + durationMs;
    const takenMs: number[] = [];
    const run = async (): Promise<void> => {
      while (performance.now() < untilMs) {
        const fromMs = performance.now();
        await propose(count());
        takenMs.push(performance.now() - fromMs);
      }
    };
    await Promise.all(Array.from({ length: clients }, run));
    takenMs.sort((one, other) => one - other);
    const at = (part: number): number => takenMs[Math.min(takenMs.length - 1, Math.floor(takenMs.length * part))] ?? 0;
    return { proposals: takenMs.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
  },

  async takeSnapshot(): Promise<number> {
    return the(node).takeSnapshot();
  },

  async addLearner(id: number): Promise<void> {
    await the(node).changeMembership([{ type: 'addLearner', id }]);
  },

  status() {
    const { leader, applied, transfers, progress } = the(node).status();
    const heard = [...progress].filter(([, { recentActive }]) => recentActive).map(([id]) => Number(id));
    return { leader: Number(leader), applied: Number(applied), transfers, heard, elections, finished };
  },

  digest(): string {
    return the(store).digest();
  },

  /** The most memory that the process has ever had. */
  peakMebibytes(): number {
    return Math.round(process.resourceUsage().maxRSS / 1024);
  },

  async stop(): Promise<void> {
    await the(node).stop();
    await the(transport).stop();
  },
};

process.on('message', (message) => void answer(message as Question));
// Whoever started this is gone.
process.once('disconnect', () => process.exit());

async function answer({ question, command, parameters }: Question): Promise<void> {
  try {
    const run = commands[command] as (...parameters: readonly unknown[]) => unknown;
    send({ answer: question, value: await run(...parameters) });
  } catch (error) {
    send({ answer: question, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function send(message: Answer): void {
  if (process.connected) process.send?.(message);
}

async function propose(data: Uint8Array): Promise<void> {
  for (;;) {
    try {
      await the(node).propose(data);
      return;
    } catch (error) {
      if (!(error instanceof RaftNodeError && error.retriable && error.outcome === 'rejected')) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function dieAt(receiver: RaftNode, bytes: number): void {
  setInterval(() => {
    const receiving = receiver.status().transfers.find(({ direction }) => direction === 'receiving');
    if (receiving !== undefined && receiving.doneBytes >= bytes) process.kill(process.pid, 'SIGKILL');
  }, 1);
}

function the<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('the node is not started');
  return thing;
}
