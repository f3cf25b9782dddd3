import { setTimeout as elapse } from 'node:timers/promises';
import type { SeededRandom } from '@streambus/runtime/testing';
import { machineMs, machineNs } from '../processes/machine-time.ts';
import type { Attempt, Connection } from './connection.ts';
import type { HistoryEntry } from './history.ts';
import { chooseKey } from './key-choice.ts';
import type { Input, Output, Value, Write, WriteInput } from './operation.ts';
import { SessionLine } from './session-line.ts';

/** What a client is. */
export interface ClientParts {
  /** Another one for each client. */
  readonly name: string;
  /** Whether it writes in a session, and repeats what has no answer; otherwise it leaves it at that. */
  readonly inSession: boolean;
  /** To all nodes, in the order of their ids. */
  readonly connections: readonly Connection[];
  readonly random: SeededRandom;
  readonly record: (entry: HistoryEntry) => void;
}

const thinkMs = 10;
const retryMs = 40;
/** How long one attempt waits for its answer: as long as an election, or not so long. */
const minAttemptMs = 300;
const attemptSpreadMs = 1200;
/** How long a write is repeated. */
const patienceMs = 30_000;
const maxKeysSeen = 200;

type Ending = Pick<HistoryEntry, 'outcome' | 'output' | 'code' | 'attempts'>;

/** Reads and writes, each time through a node of its choice, and notes what it saw. Several lanes may run at once in its session. */
export class Client {
  readonly #parts: ClientParts;
  readonly #seen = new Map<string, Value>();
  #session: Promise<SessionLine> | undefined;
  #number = 0;
  #node = 1;
  #ending = false;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#moveOn();
  }

  /** Goes on until {@link end}, one operation after the other. */
  async run(): Promise<void> {
    while (!this.#ending) {
      await elapse(this.#parts.random.below(thinkMs));
      await this.#act();
    }
  }

  end(): void {
    this.#ending = true;
  }

  async #act(): Promise<void> {
    const { random } = this.#parts;
    if (random.below(20) === 0) this.#moveOn();
    const session = this.#parts.inSession ? await this.#openSession() : undefined;
    const input = this.#choose(chooseKey(random));
    const calledNs = machineNs();
    const number = input.type === 'read' ? 0 : ++this.#number;
    const ending = input.type === 'read' ? await this.#read(input.key) : await this.#write(input, number, session);
    const endedNs = machineNs();
    if (ending.output !== undefined) this.#see(input.key, ending.output.before);
    const { name } = this.#parts;
    this.#parts.record({ client: name, number, input, calledNs, endedNs, ...ending, node: this.#node });
  }

  #choose(key: string): Input {
    const { name, random } = this.#parts;
    const value = `${name}/${this.#number + 1}`;
    const draw = random.below(10);
    if (draw < 4) return { type: 'read', key };
    if (draw < 7) return { type: 'append', key, value };
    if (draw < 8) return { type: 'put', key, value };
    return { type: 'compareAndSet', key, expected: this.#seen.get(key) ?? null, value };
  }

  async #read(key: string): Promise<Ending> {
    const attempt = await this.#connection.read(key, this.#attemptMs());
    if ('answer' in attempt) return { outcome: 'answered', output: attempt.answer, attempts: 1 };
    await this.#retreat();
    return { ...attempt.refusal, attempts: 1 };
  }

  async #write(input: WriteInput, number: number, session: SessionLine | undefined): Promise<Ending> {
    const write: Write = { client: this.#parts.name, number, input };
    const sequence = session?.begin();
    const submit = (): Promise<Attempt<Output>> => {
      const stamp = sequence === undefined ? undefined : session?.stamp(sequence);
      return this.#connection.write(write, stamp, this.#attemptMs());
    };
    const ending = await this.#untilAnswered(submit, session !== undefined);
    if (sequence !== undefined) session?.end(sequence);
    if (ending.code === 'RAFT_NODE_SESSION_EXPIRED') this.#session = undefined;
    return ending;
  }

  /** Whoever writes outside of a session asks again only while nothing can have happened. */
  async #untilAnswered(submit: () => Promise<Attempt<Output>>, mayRepeat: boolean): Promise<Ending> {
    const untilMs = machineMs() + patienceMs;
    let outcome: 'rejected' | 'unknown' = 'rejected';
    for (let attempts = 1; ; attempts++) {
      const attempt = await submit();
      if ('answer' in attempt) return { outcome: 'answered', output: attempt.answer, attempts };
      const { refusal } = attempt;
      if (refusal.outcome === 'unknown') outcome = 'unknown';
      await this.#retreat();
      const isLast = refusal.code === 'RAFT_NODE_SESSION_EXPIRED' || (outcome === 'unknown' && !mayRepeat);
      if (isLast || machineMs() > untilMs) return { outcome, code: refusal.code, attempts };
    }
  }

  #openSession(): Promise<SessionLine> {
    this.#session ??= this.#findSession();
    return this.#session;
  }

  /** One that nobody is told of is nobody's, and does no harm. */
  async #findSession(): Promise<SessionLine> {
    for (;;) {
      const attempt = await this.#connection.openSession(this.#attemptMs());
      if ('answer' in attempt) return new SessionLine(attempt.answer);
      await this.#retreat();
    }
  }

  get #connection(): Connection {
    const connection = this.#parts.connections[this.#node - 1];
    if (connection === undefined) throw new Error(`there is no node ${this.#node}`);
    return connection;
  }

  #attemptMs(): number {
    return minAttemptMs + this.#parts.random.below(attemptSpreadMs);
  }

  async #retreat(): Promise<void> {
    this.#moveOn();
    await elapse(this.#parts.random.below(retryMs));
  }

  #moveOn(): void {
    this.#node = 1 + this.#parts.random.below(this.#parts.connections.length);
  }

  #see(key: string, value: Value): void {
    if (this.#seen.size > maxKeysSeen) this.#seen.clear();
    this.#seen.set(key, value);
  }
}
