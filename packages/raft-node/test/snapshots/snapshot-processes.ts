import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Peer } from '@streambus/transport';
import type { Answer, Question, SnapshotCommands, SnapshotProgramOptions } from './snapshot-program.ts';

const program = new URL('./snapshot-program.ts', import.meta.url).pathname;
/** Spares every process but the first to compile the same files. */
const compileCache = join(tmpdir(), 'streambus-raft-node-test-compile-cache');
const port = 7200;
const pollMs = 20;
let hosts = 0;

type Result<Name extends keyof SnapshotCommands> = Awaited<ReturnType<SnapshotCommands[Name]>>;

/** A process with one node in it. */
export class SnapshotProcess {
  /** Resolves when it has ended, with what ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #questions = 0;

  constructor() {
    this.#child = spawn(process.execPath, ['--conditions=@streambus/source', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (_, signal) => {
        for (const [answer, settle] of this.#answers) settle({ answer, error: `the process has ended by ${signal}` });
        resolve(signal);
      });
    });
    this.#child.on('message', (message) => {
      const answer = message as Answer;
      this.#answers.get(answer.answer)?.(answer);
      this.#answers.delete(answer.answer);
    });
  }

  ask<Name extends keyof SnapshotCommands>(
    command: Name,
    ...parameters: Parameters<SnapshotCommands[Name]>
  ): Promise<Result<Name>> {
    const question = ++this.#questions;
    return new Promise((resolve, reject) => {
      this.#answers.set(question, ({ value, error }) => {
        if (error === undefined) resolve(value as Result<Name>);
        else reject(new Error(error));
      });
      this.#child.send({ question, command, parameters } satisfies Question, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** Asks for its status over and over again, until that suits. */
  async until(suits: (status: Result<'status'>) => boolean): Promise<Result<'status'>> {
    for (;;) {
      const status = await this.ask('status');
      if (suits(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Processes with nodes that reach each other, and folders for them. */
export class SnapshotProcesses implements AsyncDisposable {
  readonly #folder: string;
  readonly #peers: readonly Peer[];
  readonly #voters: readonly number[];
  readonly #processes = new Map<number, SnapshotProcess>();

  private constructor(folder: string, size: number, voters: readonly number[]) {
    this.#folder = folder;
    this.#voters = voters;
    const worker = (process.pid * 4 + threadId) & 0xffff;
    const host = `127.${1 + ((worker >>> 8) % 254)}.${worker & 0xff}.${100 + (hosts++ % 100)}`;
    this.#peers = Array.from({ length: size }, (_, at) => ({ id: at + 1, address: { host, port: port + at } }));
  }

  /** @param voters - the first ones; the others join later */
  static async create(size: number, voters: number): Promise<SnapshotProcesses> {
    const folder = await mkdtemp(join(tmpdir(), 'raft-node-snapshots-'));
    return new SnapshotProcesses(
      folder,
      size,
      Array.from({ length: voters }, (_, at) => at + 1),
    );
  }

  node(id: number): SnapshotProcess {
    const found = this.#processes.get(id);
    if (found === undefined) throw new Error(`node ${id} was not started`);
    return found;
  }

  /** Starts a node, on what its folder has. */
  async start(id: number, options: Partial<SnapshotProgramOptions> = {}): Promise<SnapshotProcess> {
    const node = new SnapshotProcess();
    this.#processes.set(id, node);
    const folder = join(this.#folder, `${id}`);
    await node.ask('start', { nodeId: id, folder, peers: this.#peers, voters: this.#voters, ...options });
    return node;
  }

  /** Who leads, once one of these does, as far as the first of them knows. */
  async leader(ids: readonly number[]): Promise<number> {
    const { leader } = await this.node(ids[0] ?? 0).until((status) => ids.includes(status.leader));
    return leader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#processes.values()) await node.kill();
    await rm(this.#folder, { recursive: true });
  }
}
