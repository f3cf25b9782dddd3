import type { SessionId } from '@streambus/raft-node';
import type { Life, Member } from '../cluster/member.ts';
import { decodeAnswer, encodeCommand } from '../machines/register-command.ts';
import { type AttemptEnd, attempt } from './attempt.ts';
import type { ClientOperation, OperationState } from './client-operation.ts';
import type { Workload, WorkloadParts } from './workload.ts';

/** What a client needs. */
export interface ClientParts extends WorkloadParts {
  readonly id: number;
  /** Whether its proposals have numbers, so that it may repeat them. */
  readonly hasSession: boolean;
  readonly workload: Workload;
}

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
  called: boolean;
}

const keyTurnUs = 10_000_000;
const maxAttempts = 8;

/** A client: thinks, does something or several things at once on any node, waits for the answers, thinks again. */
export class Client {
  readonly #parts: ClientParts;
  /** What it has seen last, by key: what it expects in a compare-and-set. */
  readonly #seen = new Map<number, number>();
  #session: OpenSession | undefined;
  #outstanding = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** Operations without an end. */
  get outstanding(): number {
    return this.#outstanding;
  }

  start(): void {
    const { world, random, traits } = this.#parts;
    world.after(random.below(traits.thinkMs * 1000) + 1, () => {
      this.#act();
      return false;
    });
  }

  #act(): void {
    const { workload, hasSession, random, traits } = this.#parts;
    if (workload.stopped) return;
    if (hasSession && this.#session === undefined) {
      this.#openSession();
      return;
    }
    const burst = random.below(100) < traits.burstPercent;
    const count = burst ? 1 + random.below(traits.burstOperations) : 1;
    // All of a burst goes to one node at one time, so that they are batched.
    const life = this.#anyLife();
    if (life === undefined) this.start();
    else for (let left = count; left > 0; left--) this.#begin(life);
  }

  #openSession(): void {
    const { world, traits } = this.#parts;
    const life = this.#anyLife();
    if (life === undefined) {
      this.start();
      return;
    }
    this.#outstanding++;
    attempt({
      world,
      process: life.process,
      deadlineMs: traits.deadlineMs,
      call: (signal) => life.node.openSession({ signal }),
      onCalled: () => {},
      onEnd: (end) => {
        if (end.type === 'answered') this.#parts.figures.sessionsOpened++;
        if (end.type === 'answered') this.#session = { id: end.value.id, nextSequence: 1, outstanding: new Set() };
        this.#ended();
      },
    });
  }

  #begin(life: Life): void {
    const { world, random, traits, workload } = this.#parts;
    const key = Math.floor(world.nowUs / keyTurnUs) * traits.keys + random.below(traits.keys);
    const type = this.#drawType();
    const expected = this.#seen.get(key) ?? 0;
    const id = workload.nextOperation();
    const session = type === 'barrier' ? undefined : this.#session;
    const operation: ClientOperation = {
      id,
      client: this.#parts.id,
      type,
      key,
      expected,
      inSession: session !== undefined,
      calledAt: 0,
      state: 'pending',
      answeredAt: undefined,
      before: undefined,
      answeredBy: undefined,
      readIndex: undefined,
      attempts: 0,
    };
    const ballastBytes = type === 'write' && traits.maxBallastBytes > 0 ? random.below(traits.maxBallastBytes) : 0;
    const data = type === 'barrier' ? noBytes : encodeCommand({ type, operation: id, key, expected, ballastBytes });
    const sequence = session === undefined ? 0 : session.nextSequence++;
    session?.outstanding.add(sequence);
    this.#outstanding++;
    const giveUpAtUs = world.nowUs + 2 * traits.deadlineMs * 1000;
    this.#try({ operation, data, session, sequence, giveUpAtUs, maybeApplied: false, called: false }, life);
  }

  #drawType(): ClientOperation['type'] {
    const { random, traits } = this.#parts;
    if (random.below(100) < traits.readPercent) return 'barrier';
    const draw = random.below(10);
    if (draw < 6) return 'write';
    return draw < 9 ? 'compareAndSet' : 'read';
  }

  #try(task: Task, life: Life): void {
    const { world, traits } = this.#parts;
    task.operation.attempts++;
    const common = { world, process: life.process, deadlineMs: traits.deadlineMs, onCalled: () => this.#called(task) };
    if (task.operation.type === 'barrier') {
      attempt({
        ...common,
        // What it reads, it reads in the moment in which the barrier lets it through.
        call: async (signal) => {
          const index = await life.node.readBarrier({ signal });
          return { index, value: life.machine.valueOf(task.operation.key) };
        },
        onEnd: (end) => this.#readEnded(task, life, end),
      });
      return;
    }
    attempt({
      ...common,
      call: (signal) => life.node.propose(task.data, { signal, ...this.#stamp(task) }),
      onEnd: (end) => this.#attemptEnded(task, life, end),
    });
  }

  #stamp({ session, sequence }: Task) {
    if (session === undefined) return {};
    const [firstOutstanding = session.nextSequence] = session.outstanding;
    return { session: { id: session.id, sequence, firstOutstanding } };
  }

  #called(task: Task): void {
    const { workload, observer, trace } = this.#parts;
    if (task.called) return;
    task.called = true;
    const operation = Object.assign(task.operation, { calledAt: workload.nextMoment() });
    trace.line(`client ${operation.client}`, () => `begins ${describe(operation)}`);
    observer.onCalled(operation);
  }

  #readEnded(task: Task, life: Life, end: AttemptEnd<{ readonly index: number; readonly value: number }>): void {
    if (end.type !== 'answered') {
      this.#end(task, 'unknown', end.why);
      return;
    }
    task.operation.readIndex = end.value.index;
    this.#answered(task, life, end.value.value);
  }

  #attemptEnded(task: Task, life: Life, end: AttemptEnd<Uint8Array>): void {
    const { world, random } = this.#parts;
    if (end.type === 'answered') {
      this.#answered(task, life, decodeAnswer(end.value));
      return;
    }
    if (end.type === 'unknown') task.maybeApplied = true;
    const expired = end.why === 'RAFT_NODE_SESSION_EXPIRED';
    if (expired && this.#session === task.session) this.#session = undefined;
    const goesOn = task.session !== undefined && !expired && task.operation.attempts < maxAttempts;
    if (!goesOn || world.nowUs >= task.giveUpAtUs) {
      this.#end(task, task.maybeApplied ? 'unknown' : 'rejected', end.why);
      return;
    }
    world.after(1000 + random.below(200_000), () => {
      const next = this.#anyLife();
      if (next !== undefined) this.#try(task, next);
      else this.#end(task, task.maybeApplied ? 'unknown' : 'rejected', 'no node is there');
      return false;
    });
  }

  #answered(task: Task, life: Life, before: number): void {
    const { operation } = task;
    operation.before = before;
    operation.answeredBy = life.watch.id;
    operation.answeredAt = this.#parts.workload.nextMoment();
    this.#seen.set(operation.key, operation.type === 'write' ? operation.id : before);
    this.#end(task, 'answered', undefined);
  }

  #end(task: Task, state: OperationState, why: string | undefined): void {
    const { trace, observer } = this.#parts;
    const { operation, session, sequence } = task;
    operation.state = state;
    session?.outstanding.delete(sequence);
    if (task.called) {
      const told = why === undefined ? `${operation.before} by node ${operation.answeredBy}` : why;
      trace.line(`client ${operation.client}`, () => `ends ${describe(operation)}: ${state}, ${told}`);
      observer.onEnded(operation);
    }
    this.#ended();
  }

  #ended(): void {
    this.#outstanding--;
    if (this.#outstanding === 0) this.start();
  }

  #anyLife(): Life | undefined {
    const { cluster, random } = this.#parts;
    const member: Member = cluster.member(1 + random.below(cluster.members.length));
    const { life } = member;
    return life?.started === true && !life.failed ? life : undefined;
  }
}

const noBytes = new Uint8Array(0);

function describe({ id, type, key, expected }: ClientOperation): string {
  return `${id} (${type} of ${key}${type === 'compareAndSet' ? ` if ${expected}` : ''})`;
}
