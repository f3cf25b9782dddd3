import { flushCompileCache } from 'node:module';
import {
  createRaftChannels,
  createRaftNode,
  type RaftNode,
  type RaftNodeEvent,
  type RaftNodeOptions,
} from '@streambus/raft-node';
import type { LogFields, Logger } from '@streambus/runtime';
import { createNodeDisk, createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport, type Peer, type Transport, type TransportOptions } from '@streambus/transport';
import { type BreakableDisk, createBreakableDisk } from './breakable-disk.ts';
import { type Holdings, measureHoldings } from './holdings.ts';
import { createLedger, type Ledger, type LedgerContent } from './ledger.ts';
import { Load } from './load.ts';
import { machineMs } from './machine-time.ts';
import { type Stall, type StallOptions, Stalls } from './stalls.ts';

/*
 * A process with one node over one transport, on a real disk: does what its parent asks over IPC, and tells it at once what happens.
 */

/** What a process's node is. */
export interface ProcessNodeOptions {
  readonly nodeId: number;
  /** A folder of its own. */
  readonly folder: string;
  /** All members, this one too. */
  readonly peers: readonly Peer[];
  readonly raft?: Partial<RaftNodeOptions>;
  readonly transport?: Partial<TransportOptions>;
}

/** A node as its process tells of it. */
export interface ProcessStatus {
  readonly phase: string;
  readonly role: string;
  readonly term: number;
  readonly leader: number;
  readonly applied: number;
}

/** How loud a line of the log is. */
export type LogLevel = Exclude<keyof Logger, 'child'>;

/** What the parent is told. */
export type ProcessEvent =
  | { readonly type: 'role'; readonly role: string; readonly term: number }
  | { readonly type: 'leader'; readonly leader: number; readonly term: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'storageFull'; readonly full: boolean }
  /** The first entry of a term's leader for which a client here has its answer. */
  | { readonly type: 'acknowledged'; readonly term: number }
  /** The last entry of each client here that was acknowledged. */
  | { readonly type: 'progress'; readonly acknowledged: Readonly<Record<string, number>> }
  | ({ readonly type: 'stall' } & Stall)
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: LogFields; readonly message: string };

/** What goes over IPC to the parent. Moments are of the machine's monotonic clock, which is the same for all of its processes. */
export type FromProcess =
  | { readonly event: ProcessEvent; readonly atMs: number }
  | { readonly answer: number; readonly value?: unknown; readonly error?: string };

/** What goes over IPC to the process. */
export interface ToProcess {
  readonly question: number;
  readonly command: keyof typeof commands;
  readonly parameters: readonly unknown[];
}

/** The commands, for whoever asks. */
export type Commands = typeof commands;

/** How often the parent is told how far the clients are: what a kill leaves untold is not counted as acknowledged. */
const progressMs = 50;

interface Running {
  readonly node: RaftNode;
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly folder: string;
  readonly disk: BreakableDisk;
}

let running: Running | undefined;
let load: Load | undefined;
let stalls: Stalls | undefined;
let lastTerm = 0;

const commands = {
  /** Answers when the program is loaded. */
  ready(): void {},

  async start({ nodeId, folder, peers, ...options }: ProcessNodeOptions): Promise<void> {
    const clusterId = 'processes';
    const channels = createRaftChannels();
    const logger = createLogger({});
    const listen = peers.find(({ id }) => id === nodeId)?.address;
    if (listen === undefined) throw new Error(`node ${nodeId} is not among its peers`);
    const transport = createTransport(
      { clusterId, nodeId, listen, peers, channels: channels.all, ...options.transport },
      { clock: nodeClock, random: nodeRandom, network: createNodeNetwork(), logger },
    );
    const ledger = createLedger();
    const disk = createBreakableDisk(createNodeDisk());
    const members = peers.map(({ id }) => id);
    const node = createRaftNode(
      { clusterId, nodeId, members, storage: { folder }, ...options.raft },
      {
        disk,
        clock: nodeClock,
        random: nodeRandom,
        network: { transport, channels },
        stateMachine: ledger,
        logger,
      },
    );
    running = { node, transport, ledger, folder, disk };
    node.subscribe(onNodeEvent);
    await Promise.all([transport.start(), node.start()]);
  },

  /** Begins a load. @param name - other than that of any load before */
  load(name: string, clients: number): void {
    load = new Load(the(running).node, name, clients, {
      onAcknowledged({ term }) {
        if (term > lastTerm) tell({ type: 'acknowledged', term });
        lastTerm = Math.max(lastTerm, term);
      },
    });
    setTimeout(tellProgress, progressMs);
  },

  /** Answers when so many more entries of its clients were acknowledged. */
  async progress(entries: number): Promise<void> {
    await the(load).progress(entries);
  },

  /** Ends it; tells the last entry of each of its clients. */
  async endLoad(): Promise<Readonly<Record<string, number>>> {
    const ending = the(load);
    await ending.end();
    return ending.acknowledged;
  },

  /** What the state machine has when everything is in it that was committed before. */
  async ledger(): Promise<LedgerContent> {
    await the(running).node.readBarrier();
    return the(running).ledger.content;
  },

  /** How many entries its state machine has applied. */
  entries(): number {
    return the(running).ledger.entries;
  },

  /** What its process holds on to when it has just taken a snapshot. */
  async holdings(): Promise<Holdings> {
    const { node, ledger, folder } = the(running);
    await node.takeSnapshot();
    return measureHoldings(ledger.entries, folder);
  },

  /** What the state machine has, which may be less. */
  staleLedger(): LedgerContent {
    return the(running).ledger.content;
  },

  status(): ProcessStatus {
    const { phase, role, term, leader, applied } = the(running).node.status();
    return { phase, role, term, leader, applied };
  },

  async transferLeadership(to: number): Promise<void> {
    await the(running).node.transferLeadership(to);
  },

  breakDisk(): void {
    the(running).disk.break();
  },

  stall(options: StallOptions): void {
    stalls = new Stalls(options, (stall) => tell({ type: 'stall', ...stall }));
  },

  endStalls(): void {
    the(stalls).end();
  },

  async stop(): Promise<void> {
    await the(running).node.stop();
    await the(running).transport.stop();
  },
};

process.on('message', (message) => void answer(message as ToProcess));
// Whoever started this is gone.
process.once('disconnect', () => process.exit());
flushCompileCache();

async function answer({ question, command, parameters }: ToProcess): Promise<void> {
  try {
    const run = commands[command] as (...parameters: readonly unknown[]) => unknown;
    send({ answer: question, value: await run(...parameters) });
  } catch (error) {
    send({ answer: question, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function onNodeEvent(event: RaftNodeEvent): void {
  if (event.type === 'role' || event.type === 'leader') tell(event);
  else if (event.type === 'storageFull') tell(event);
  else if (event.type === 'failed') tell({ type: 'failed', code: event.error.code, message: event.error.message });
}

function tellProgress(): void {
  tell({ type: 'progress', acknowledged: the(load).acknowledged });
  setTimeout(tellProgress, progressMs);
}

function tell(event: ProcessEvent): void {
  send({ event, atMs: machineMs() });
}

function send(message: FromProcess): void {
  if (process.connected) process.send?.(message);
}

function the<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('there is none yet');
  return thing;
}

function createLogger(always: LogFields): Logger {
  const at = (level: LogLevel) => (fields: LogFields, message: string) =>
    tell({ type: 'log', level, fields: { ...always, ...fields }, message });
  return {
    debug: () => {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLogger({ ...always, ...fields }),
  };
}
