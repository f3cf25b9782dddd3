import type { SessionId } from '@streambus/raft-node';
import { assert } from '@streambus/runtime';
import type { Life } from '../cluster/member.ts';
import { decodeAnswer, encodeCommand } from '../machines/register-command.ts';
import type { RegisterMachine } from '../machines/register-machine.ts';
import { type AttemptEnd, attempt } from './attempt.ts';
import type { Client, Deeds } from './client.ts';
import { type ClientOperation, newOperation, type RegisterUse } from './client-operation.ts';

interface OpenSession {
  readonly id: SessionId;
  nextSequence: number;
  /** In ascending order. */
  readonly outstanding: Set<number>;
}

/** An operation under way, and the bytes and the number that it has in each attempt. */
interface Task {
  readonly operation: ClientOperation;
  readonly data: Uint8Array;
  readonly session: OpenSession | undefined;
  readonly sequence: number;
  readonly giveUpAtUs: number;
  maybeApplied: boolean;
}

const keyTurnUs = 10_000_000;
const maxAttempts = 8;
const noBytes = new Uint8Array(0);

/** Reads and writes registers: in a session, with repeats on any node, or each proposal once. */
export class RegisterDeeds implements Deeds {
  readonly #client: Client;
  readonly #hasSession: boolean;
  /** What was seen last, by key: what is expected in a compare-and-set. */
  readonly #seen = new Map<number, number>();
  #session: OpenSession | undefined;

  constructor(client: Client, hasSession: boolean) {
    this.#client = client;
    this.#hasSession = hasSession;
  }

  prepare(): ((life: Life) => void) | undefined {
    return this.#hasSession && this.#session === undefined ? (life) => this.#openSession(life) : undefined;
  }

  begin(life: Life): void {
    const { world, random, traits, workload, id: client } = this.#client.parts;
    const key = Math.floor(world.nowUs / keyTurnUs) * traits.keys + random.below(traits.keys);
    const isBarrier = random.below(100) < traits.readPercent;
    const type = isBarrier ? 'read' : this.#drawType();
    const register: RegisterUse = { type, key, expected: this.#seen.get(key) ?? 0 };
    const id = workload.nextOperation();
    const what = `${isBarrier ? 'barrier read' : type} of ${key}${type === 'compareAndSet' ? ` if ${register.expected}` : ''}`;
    const session = isBarrier ? undefined : this.#session;
    const ballastBytes = type === 'write' && traits.maxBallastBytes > 0 ? random.below(traits.maxBallastBytes) : 0;
    const sequence = session === undefined ? 0 : session.nextSequence++;
    session?.outstanding.add(sequence);
    const task: Task = {
      operation: newOperation({ id, client, what, isBarrier, register, metadata: undefined }),
      data: isBarrier ? noBytes : encodeCommand({ ...register, operation: id, ballastBytes }),
      session,
      sequence,
      giveUpAtUs: world.nowUs + 2 * traits.deadlineMs * 1000,
      maybeApplied: false,
    };
    this.#try(task, life);
  }

  #openSession(life: Life): void {
    const { world, traits, figures } = this.#client.parts;
    attempt({
      world,
      process: life.process,
      deadlineMs: traits.deadlineMs,
      call: (signal) => life.node.openSession({ signal }),
      onCalled: () => {},
      onEnd: (end) => {
        if (end.type === 'answered') {
          figures.sessionsOpened++;
          this.#session = { id: end.value.id, nextSequence: 1, outstanding: new Set() };
        }
        this.#client.done();
      },
    });
  }

  #drawType(): RegisterUse['type'] {
    const draw = this.#client.parts.random.below(10);
    if (draw < 6) return 'write';
    return draw < 9 ? 'compareAndSet' : 'read';
  }

  #try(task: Task, life: Life): void {
    const { world, traits } = this.#client.parts;
    const { operation } = task;
    operation.attempts++;
    const onCalled = (): void => this.#client.called(operation);
    const common = { world, process: life.process, deadlineMs: traits.deadlineMs, onCalled };
    if (!operation.isBarrier) {
      attempt({
        ...common,
        call: (signal) => life.node.propose(task.data, { signal, ...this.#stamp(task) }),
        onEnd: (end) => this.#attemptEnded(task, life, end),
      });
      return;
    }
    attempt({
      ...common,
      // What it reads, it reads in the moment in which the barrier lets it through.
      call: async (signal) => {
        const index = await life.node.readBarrier({ signal });
        return { index, value: machineOf(life).valueOf(operation.register?.key ?? 0) };
      },
      onEnd: (end) => {
        if (end.type !== 'answered') {
          this.#client.ended(operation, 'unknown', end.why);
          return;
        }
        operation.readIndex = end.value.index;
        this.#answered(task, life, end.value.value);
      },
    });
  }

  #stamp({ session, sequence }: Task) {
    if (session === undefined) return {};
    const [firstOutstanding = session.nextSequence] = session.outstanding;
    return { session: { id: session.id, sequence, firstOutstanding } };
  }

  #attemptEnded(task: Task, life: Life, end: AttemptEnd<Uint8Array>): void {
    if (end.type === 'answered') {
      task.session?.outstanding.delete(task.sequence);
      this.#answered(task, life, decodeAnswer(end.value));
      return;
    }
    if (end.type === 'unknown') task.maybeApplied = true;
    const expired = end.why === 'RAFT_NODE_SESSION_EXPIRED';
    if (expired && this.#session === task.session) this.#session = undefined;
    const goesOn = task.session !== undefined && !expired && task.operation.attempts < maxAttempts;
    if (goesOn && this.#client.parts.world.nowUs < task.giveUpAtUs) this.#tryAgain(task);
    else this.#giveUp(task, end.why);
  }

  #tryAgain(task: Task): void {
    const { world, random } = this.#client.parts;
    world.after(1000 + random.below(200_000), () => {
      const next = this.#client.anyLife();
      if (next !== undefined) this.#try(task, next);
      else this.#giveUp(task, 'no node is there');
      return false;
    });
  }

  #giveUp({ operation, session, sequence, maybeApplied }: Task, why: string): void {
    session?.outstanding.delete(sequence);
    this.#client.ended(operation, maybeApplied ? 'unknown' : 'rejected', why);
  }

  #answered({ operation }: Task, life: Life, before: number): void {
    const { type, key = 0 } = operation.register ?? {};
    this.#seen.set(key, type === 'write' ? operation.id : before);
    this.#client.answered(operation, life, before);
  }
}

function machineOf({ subject }: Life): RegisterMachine {
  assert(subject.type === 'registers', 'a node that clients of registers use has registers');
  return subject.stateMachine;
}
