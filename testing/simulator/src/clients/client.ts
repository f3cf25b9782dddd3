import type { Life } from '../cluster/member.ts';
import type { ClientOperation, OperationState } from './client-operation.ts';
import type { Workload, WorkloadParts } from './workload.ts';

/** What a client needs. */
export interface ClientParts extends WorkloadParts {
  readonly id: number;
  readonly workload: Workload;
}

/** What a client does: one thing on a node. */
export interface Deeds {
  /** Begins something; it has ended when {@link Client.ended} was called. */
  begin(life: Life): void;
  /** What has to be done before the first of them, or undefined when that is done. */
  prepare(): ((life: Life) => void) | undefined;
}

/** A client: thinks, does something or several things at once on any node, waits until all of it has ended, thinks again. */
export class Client {
  readonly parts: ClientParts;
  readonly #deeds: Deeds;
  #outstanding = 0;

  /** @param createDeeds - makes what this client does */
  constructor(parts: ClientParts, createDeeds: (client: Client) => Deeds) {
    this.parts = parts;
    this.#deeds = createDeeds(this);
  }

  /** Things without an end. */
  get outstanding(): number {
    return this.#outstanding;
  }

  start(): void {
    const { world, random, traits } = this.parts;
    world.after(random.below(traits.thinkMs * 1000) + 1, () => {
      this.#act();
      return false;
    });
  }

  /** Any node that takes part, alive or not as far as its client knows. */
  anyLife(): Life | undefined {
    const { cluster, random } = this.parts;
    const { life } = cluster.member(1 + random.below(cluster.members.length));
    return life?.started === true && !life.failed ? life : undefined;
  }

  /** An operation reaches a node for the first time. */
  called(operation: ClientOperation): void {
    const { workload, observer, trace } = this.parts;
    if (operation.calledAt > 0) return;
    operation.calledAt = workload.nextMoment();
    trace.line(`client ${operation.client}`, () => `begins ${operation.id} (${operation.what})`);
    observer.onCalled(operation);
  }

  /** An operation was answered. */
  answered(operation: ClientOperation, life: Life, answer: number): void {
    operation.answer = answer;
    operation.answeredBy = life.watch.id;
    operation.answeredAt = this.parts.workload.nextMoment();
    this.ended(operation, 'answered', undefined);
  }

  /** An operation has ended. */
  ended(operation: ClientOperation, state: OperationState, why: string | undefined): void {
    const { trace, observer } = this.parts;
    operation.state = state;
    if (operation.calledAt > 0) {
      const told = why === undefined ? `${operation.answer} by node ${operation.answeredBy}` : why;
      trace.line(`client ${operation.client}`, () => `ends ${operation.id} (${operation.what}): ${state}, ${told}`);
      observer.onEnded(operation);
    }
    this.done();
  }

  /** One thing less is outstanding. */
  done(): void {
    this.#outstanding--;
    if (this.#outstanding === 0) this.start();
  }

  #act(): void {
    const { workload, random, traits } = this.parts;
    if (workload.stopped) return;
    const life = this.anyLife();
    if (life === undefined) {
      this.start();
      return;
    }
    const prepare = this.#deeds.prepare();
    if (prepare !== undefined) {
      this.#outstanding++;
      prepare(life);
      return;
    }
    const burst = random.below(100) < traits.burstPercent;
    // All of a burst goes to one node at one time, so that it is batched.
    const count = burst ? 1 + random.below(traits.burstOperations) : 1;
    this.#outstanding += count;
    for (let left = count; left > 0; left--) this.#deeds.begin(life);
  }
}
