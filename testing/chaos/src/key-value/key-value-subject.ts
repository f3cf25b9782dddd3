import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { type Remote, startRemote } from '@streambus-testing/harness';
import { checkConvergence } from '../checks/convergence.ts';
import { checkPromises } from '../checks/kept-promises.ts';
import { checkLinearizability } from '../checks/linearizability.ts';
import { within } from '../processes/deadline.ts';
import { machineMs } from '../processes/machine-time.ts';
import { ProcessCluster } from '../processes/process-cluster.ts';
import type { Judgement, Subject, Tally } from '../run/subject.ts';
import type { ClientFunctions } from './client-program.ts';
import { Connection } from './connection.ts';
import { diaryFigures } from './diaries.ts';
import { type HistoryEntry, readHistory, writeHistory } from './history.ts';
import { diaryOf, type KeyValueNodeFunctions, type Rest, socketOf } from './host-node.ts';
import { Judge, judgeName } from './judge.ts';

/** How a key-value store is used. */
export interface KeyValueSubjectOptions {
  /** For disks and histories. */
  readonly folder: string;
  readonly seed: number;
  readonly cuttable: boolean;
  /** How many nodes. Default 3. */
  readonly size?: number;
  /** What runs a node: `hostNode` with or without changes. Default: without. */
  readonly program?: URL;
}

/** So few that snapshots are taken several times a second, and that whoever was away needs one. */
const snapshotAfterEntries = 400;
const clientProcesses = 2;
const clients = { inSession: 6, withTwoLanes: 2, withoutSession: 2 } as const;
/** Far beyond what it may take on a busy machine: time-outs of connections, backoff, elections. */
const limitMs = 45_000;
const aWhileMs = 500;

/** A replicated key-value store of three processes, used by clients in processes of their own. */
export class KeyValueSubject implements Subject {
  readonly victims: ProcessCluster<KeyValueNodeFunctions>;
  readonly #options: KeyValueSubjectOptions;
  /** By name. */
  readonly #clients = new Map<string, Remote<ClientFunctions>>();
  readonly #judge: Judge;
  readonly #connections: readonly Connection[];

  constructor(options: KeyValueSubjectOptions) {
    this.#options = options;
    this.victims = new ProcessCluster<KeyValueNodeFunctions>({
      size: options.size ?? 3,
      cuttable: options.cuttable,
      program: options.program ?? new URL('./node-program.ts', import.meta.url),
      start: (remote, nodeId, peers) => {
        return remote.call('start', { nodeId, folder: this.#folderOf(nodeId), peers, snapshotAfterEntries });
      },
    });
    for (const node of this.victims.nodes) mkdirSync(this.#folderOf(node));
    this.#connections = this.#sockets.map((path) => new Connection(path));
    this.#judge = new Judge(this.#connections);
  }

  async begin(): Promise<void> {
    const names = Array.from({ length: clientProcesses }, (_, number) => 'abcdefgh'.charAt(number));
    const begun = names.map((name, number) => this.#beginClients(name, this.#options.seed * 100 + number));
    await Promise.all([this.victims.start(), ...begun]);
    await Promise.all(this.victims.nodes.map((node) => this.#judge.awaitService(node, limitMs)));
  }

  async judge(): Promise<Judgement> {
    const findings: string[] = [];
    const attempt = async <Result>(what: () => Promise<Result>): Promise<Result | undefined> => {
      try {
        return await what();
      } catch (error) {
        findings.push(error instanceof Error ? error.message : String(error));
        return undefined;
      }
    };
    const wholeMs = machineMs();
    await attempt(() => this.#awaitService());
    const recoveryMs = machineMs() - wholeMs;
    const history = await this.#endLoad();
    const keys = [...new Set(history.map(({ input }) => input.key))];
    await attempt(() => this.#judge.readAll(keys, limitMs));
    writeHistory(this.#historyPath(judgeName), this.#judge.history);
    history.push(...this.#judge.history);
    const rests = await attempt(() => this.#awaitRest());
    const checkedMs = machineMs();
    findings.push(...checkRests(rests ?? [], history), ...checkLinearizability(history), ...this.victims.deaths);
    const checkMs = machineMs() - checkedMs;
    const figures = { keys: keys.length, processes: this.victims.lives, ...this.#diaryFigures() };
    return { findings, tally: tallyOf(history), acknowledgedMs: acknowledgedMs(history), recoveryMs, checkMs, figures };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const remote of this.#clients.values()) remote.signal('SIGKILL');
    await Promise.all([...this.#clients.values()].map(({ ended }) => ended));
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.victims[Symbol.asyncDispose]();
  }

  /** They find their nodes as soon as there are any. */
  #beginClients(name: string, seed: number): Promise<void> {
    const remote = startRemote<ClientFunctions>(new URL('./client-program.ts', import.meta.url), `clients ${name}`);
    this.#clients.set(name, remote);
    const historyPath = this.#historyPath(name);
    return remote.call('begin', { name, seed, sockets: this.#sockets, historyPath, ...clients });
  }

  async #awaitService(): Promise<void> {
    await within(limitMs, 'a node has not started again', this.victims.started());
    await Promise.all(this.victims.nodes.map((node) => this.#judge.awaitService(node, limitMs)));
  }

  /** @returns what the clients saw */
  async #endLoad(): Promise<HistoryEntry[]> {
    await Promise.all([...this.#clients.values()].map((remote) => remote.call('end')));
    return [...this.#clients.keys()].flatMap((name) => readHistory(this.#historyPath(name)));
  }

  /** Asks the nodes until they have the same; what they have at last, in any case. */
  async #awaitRest(): Promise<readonly Rest[]> {
    const untilMs = machineMs() + limitMs;
    for (;;) {
      const asked = this.victims.nodes.map((node) => this.victims.remote(node).call('rest'));
      const rests = await within(limitMs, 'a node does not come to rest', Promise.all(asked));
      if (checkConvergence(rests).length === 0 || machineMs() > untilMs) return rests;
      await elapse(aWhileMs);
    }
  }

  #diaryFigures(): Readonly<Record<string, number>> {
    return diaryFigures(this.victims.nodes.map((node) => diaryOf(this.#folderOf(node))));
  }

  get #sockets(): readonly string[] {
    return this.victims.nodes.map((node) => socketOf(this.#folderOf(node)));
  }

  #folderOf(node: number): string {
    return join(this.#options.folder, `node-${node}`);
  }

  #historyPath(name: string): string {
    return join(this.#options.folder, `history-${name}.jsonl`);
  }
}

function checkRests(rests: readonly Rest[], history: readonly HistoryEntry[]): readonly string[] {
  const [first] = rests;
  return first === undefined ? [] : [...checkConvergence(rests), ...checkPromises(history, first.content)];
}

function acknowledgedMs(history: readonly HistoryEntry[]): readonly number[] {
  const answered = history.filter(({ outcome, client }) => outcome === 'answered' && client !== judgeName);
  return answered.map(({ endedNs }) => endedNs / 1e6).sort((one, other) => one - other);
}

function tallyOf(history: readonly HistoryEntry[]): Tally {
  const tally: Record<'reads' | 'writes', Record<string, number>> = { reads: {}, writes: {} };
  for (const { client, number, outcome, attempts } of history) {
    if (client === judgeName) continue;
    const outcomes = number === 0 ? tally.reads : tally.writes;
    const kinds = outcome === 'answered' && attempts > 1 ? [outcome, 'of these repeated'] : [outcome];
    for (const kind of kinds) outcomes[kind] = (outcomes[kind] ?? 0) + 1;
  }
  return tally;
}
