import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './deadline.ts';
import { machineMs } from './machine-time.ts';
import type { Commands, FromProcess, ProcessEvent, ToProcess } from './node-program.ts';

const program = new URL('./node-program.ts', import.meta.url).pathname;

/** Spares every process but the first to compile the same files. */
const compileCache = join(tmpdir(), 'streambus-raft-node-test-compile-cache');
const keptStderrCharacters = 4000;
const running = new Set<ChildProcess>();

// A process would live on unseen without the one that watches it.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

type EventOf<Type extends ProcessEvent['type']> = Extract<ProcessEvent, { readonly type: Type }>;
type Answer<Name extends keyof Commands> = Awaited<ReturnType<Commands[Name]>>;

/** An event and when it happened, by the machine's monotonic clock. */
export type TimedEvent<Event extends ProcessEvent = ProcessEvent> = Event & { readonly atMs: number };

/** A process with one node in it, seen from outside. */
export class NodeProcess {
  readonly id: number;
  /** How many processes of this node there were before. */
  readonly restarts: number;
  /** All that it has told but its progress, in order. */
  readonly events: TimedEvent[] = [];
  /** The last entry of each of its clients of which it has told that it was acknowledged. */
  acknowledged: Readonly<Record<string, number>> = {};
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #answers = new Map<number, (message: Extract<FromProcess, { readonly answer: number }>) => void>();
  readonly #waiters = new Set<(event: TimedEvent) => void>();
  #stderr = '';
  #questions = 0;

  /**
   * Starts a process that has no node yet.
   *
   * @param restarts - see there
   * @param namespace - the network that it lives in, if not this one
   * @param flags - for its Node
   */
  constructor(id: number, restarts: number, namespace?: string, flags: readonly string[] = []) {
    this.id = id;
    this.restarts = restarts;
    const command = [process.execPath, ...flags, '--conditions=@streambus/source', program];
    const [file = '', ...parameters] =
      namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
    const child = spawn(file, parameters, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    this.#child = child;
    running.add(child);
    this.#exited = new Promise((resolve) => child.once('close', () => resolve()));
    child.once('exit', () => running.delete(child));
    child.once('close', () => this.#failQuestions());
    child.on('message', (message) => this.#hear(message as FromProcess));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderrCharacters);
    });
  }

  get lives(): boolean {
    return running.has(this.#child);
  }

  async ask<Name extends keyof Commands>(
    command: Name,
    ...parameters: Parameters<Commands[Name]>
  ): Promise<Answer<Name>> {
    const question = ++this.#questions;
    const answered = new Promise<Answer<Name>>((resolve, reject) => {
      this.#answers.set(question, ({ value, error }) => {
        if (error === undefined) resolve(value as Answer<Name>);
        else reject(new Error(`node ${this.id}: ${error}`));
      });
    });
    this.#child.send({ question, command, parameters } satisfies ToProcess, () => {});
    return within(answered, () => `node ${this.id} has not answered '${command}'${this.#lastEvents()}`);
  }

  /** How many events there have been: where to look on from. */
  get mark(): number {
    return this.events.length;
  }

  /** The first event of a kind from `mark` on; it may still be to come. */
  async event<Type extends ProcessEvent['type']>(
    type: Type,
    matches: (event: EventOf<Type>) => boolean,
    mark = 0,
  ): Promise<TimedEvent<EventOf<Type>>> {
    const isIt = (event: TimedEvent): event is TimedEvent<EventOf<Type>> =>
      event.type === type && matches(event as unknown as EventOf<Type>);
    const found = this.events.slice(mark).find(isIt);
    if (found !== undefined) return found;
    const comes = new Promise<TimedEvent<EventOf<Type>>>((resolve) => {
      const waiter = (event: TimedEvent): void => {
        if (!isIt(event)) return;
        this.#waiters.delete(waiter);
        resolve(event);
      };
      this.#waiters.add(waiter);
    });
    return within(comes, () => `node ${this.id} has not told '${type}': ${matches}${this.#lastEvents()}`);
  }

  /** Stops it from running at all (SIGSTOP). @returns when */
  freeze(): number {
    const atMs = machineMs();
    this.#child.kill('SIGSTOP');
    return atMs;
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it as a crash does (SIGKILL). @returns when */
  beginKill(): number {
    const atMs = machineMs();
    if (this.lives) this.#child.kill('SIGKILL');
    return atMs;
  }

  /** The same; resolves when it has ended. */
  async kill(): Promise<void> {
    this.beginKill();
    await this.#exited;
  }

  #hear(message: FromProcess): void {
    if ('answer' in message) {
      this.#answers.get(message.answer)?.(message);
      this.#answers.delete(message.answer);
      return;
    }
    if (message.event.type === 'progress') {
      this.acknowledged = { ...this.acknowledged, ...message.event.acknowledged };
      return;
    }
    const event = { ...message.event, atMs: message.atMs };
    this.events.push(event);
    for (const waiter of [...this.#waiters]) waiter(event);
  }

  /** Whoever waits for an answer gets none from a process that has ended. */
  #failQuestions(): void {
    const error = `the process has ended; it complained:\n${this.#stderr}${this.#lastEvents()}`;
    for (const [answer, settle] of this.#answers) settle({ answer, error });
    this.#answers.clear();
  }

  #lastEvents(): string {
    const lines = this.events.slice(-12).map((event) => JSON.stringify(event));
    return `; its last events:\n${lines.join('\n')}`;
  }
}
