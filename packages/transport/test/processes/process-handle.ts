import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SocketAddress } from '@streambus/runtime';
import type { PeerMetrics, TransportMetrics } from '@streambus/transport';
import { within } from './deadline.ts';
import type {
  Commands,
  FromProcess,
  ProcessEvent,
  ProcessTransportOptions,
  SendOrder,
  ToProcess,
} from './transport-process.ts';

const program = new URL('./transport-process.ts', import.meta.url).pathname;

/** Spares every process but the first to compile the same files. */
const compileCache = join(tmpdir(), 'streambus-transport-test-compile-cache');

/** What the processes complain of. A pipe would be among what Node counts as alive in them. */
const complaints = openNamelessFile();

/** An event and when it happened, by the machine's monotonic clock. */
export type TimedEvent<Event extends ProcessEvent = ProcessEvent> = Event & { readonly atMs: number };

type EventOf<Type extends ProcessEvent['type']> = Extract<ProcessEvent, { readonly type: Type }>;
type Answer<Name extends keyof Commands> = Awaited<ReturnType<Commands[Name]>>;

/** This machine's monotonic clock, as every process reads it. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A process with one transport in it, seen from the test. */
export class TransportProcess implements AsyncDisposable {
  readonly id: number;
  readonly pid: number;
  /** All that it has told, in order. */
  readonly events: TimedEvent[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly #answers = new Map<number, (message: Extract<FromProcess, { readonly answer: number }>) => void>();
  readonly #waiters = new Set<(event: TimedEvent) => void>();
  #stdout = '';
  #questions = 0;
  #listening: SocketAddress | undefined;

  /** Starts a process that has no transport yet. @param namespace - the network that it lives in, if not this one */
  constructor(id: number, namespace?: string) {
    this.id = id;
    const command = [process.execPath, '--conditions=@streambus/source', program];
    const [file = '', ...parameters] =
      namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
    const child = spawn(file, parameters, {
      stdio: ['ignore', 'pipe', complaints, 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    if (child.pid === undefined) throw new Error(`${file} cannot be started`);
    this.pid = child.pid;
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('close', resolve));
    child.once('close', () => this.#failQuestions());
    child.on('message', (message) => this.#hear(message as FromProcess));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
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
    this.#child.send({ question, command, parameters } satisfies ToProcess, (error) => {
      if (error !== null) this.#failQuestions();
    });
    return within(answered, () => `node ${this.id} has not answered '${command}'${this.#lastEvents()}`);
  }

  /** Starts its transport. */
  async start(options: ProcessTransportOptions): Promise<void> {
    this.#listening = options.listen;
    await this.ask('start', options);
  }

  /** Where its transport listens. */
  get listening(): SocketAddress {
    if (this.#listening === undefined) throw new Error(`node ${this.id} does not listen`);
    return this.#listening;
  }

  send(order: SendOrder): Promise<Answer<'send'>> {
    return this.ask('send', order);
  }

  metrics(): Promise<TransportMetrics> {
    return this.ask('metrics');
  }

  async peerMetrics(id: number): Promise<PeerMetrics> {
    const { peers } = await this.metrics();
    const found = peers.find((peer) => peer.id === id);
    if (found === undefined) throw new Error(`node ${this.id} has no peer ${id}`);
    return found;
  }

  /** How many events there have been: where to look on from. */
  get mark(): number {
    return this.events.length;
  }

  /** The first event of a kind from `mark` on; it may still be to come. */
  async event<Type extends ProcessEvent['type']>(
    type: Type,
    matches: (event: EventOf<Type>) => boolean = () => true,
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

  up(id: number, mark = 0): Promise<TimedEvent<EventOf<'up'>>> {
    return this.event('up', ({ peer }) => peer.id === id, mark);
  }

  down(id: number, mark = 0): Promise<TimedEvent<EventOf<'down'>>> {
    return this.event('down', (event) => event.id === id, mark);
  }

  gone(id: number, mark = 0): Promise<TimedEvent<EventOf<'gone'>>> {
    return this.event('gone', (event) => event.id === id, mark);
  }

  /** The line of the log that has this message and these fields. */
  logged(message: string, fields: Readonly<Record<string, unknown>>, mark = 0): Promise<TimedEvent<EventOf<'log'>>> {
    const isIt = (line: EventOf<'log'>): boolean =>
      line.message === message && Object.entries(fields).every(([name, value]) => line.fields[name] === value);
    return this.event('log', isIt, mark);
  }

  /** Events of a kind up to now. */
  told<Type extends ProcessEvent['type']>(type: Type, mark = 0): readonly TimedEvent<EventOf<Type>>[] {
    return this.events.slice(mark).filter((event): event is TimedEvent<EventOf<Type>> => event.type === type);
  }

  /** Stops it from running at all (SIGSTOP). @returns when */
  freeze(): number {
    this.#child.kill('SIGSTOP');
    return machineMs();
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it as a crash does (SIGKILL). @returns when */
  async kill(): Promise<number> {
    const atMs = machineMs();
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exited;
    return atMs;
  }

  /** Cuts the line to it, and waits until it ends by itself. @returns what still kept it alive when the line was cut */
  async letGo(): Promise<{ readonly code: number | null; readonly left: readonly string[] }> {
    this.#child.send({ question: 0, command: 'letGo', parameters: [] } satisfies ToProcess);
    const code = await within(this.#exited, () => `node ${this.id} has not ended by itself`);
    return { code, left: JSON.parse(this.#stdout) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #hear(message: FromProcess): void {
    if ('answer' in message) {
      this.#answers.get(message.answer)?.(message);
      this.#answers.delete(message.answer);
      return;
    }
    const event = { ...message.event, atMs: message.atMs };
    this.events.push(event);
    for (const waiter of [...this.#waiters]) waiter(event);
  }

  /** Whoever waits for an answer gets none from a process that has ended. */
  #failQuestions(): void {
    for (const [answer, settle] of this.#answers) {
      settle({
        answer,
        error: `the process has ended; the last that any process has complained of:\n${readAll(complaints)}`,
      });
    }
    this.#answers.clear();
  }

  #lastEvents(): string {
    return `; its last events:\n${this.events
      .slice(-12)
      .map((event) => JSON.stringify(event))
      .join('\n')}`;
  }
}

/** A file that is gone when nobody has it open any more. */
function openNamelessFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'streambus-transport-test-'));
  const file = openSync(join(folder, 'stderr'), 'a+');
  rmSync(folder, { recursive: true });
  return file;
}

/** All of it, wherever others write. */
function readAll(file: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size);
  readSync(file, bytes, { position: 0 });
  return bytes.toString();
}
