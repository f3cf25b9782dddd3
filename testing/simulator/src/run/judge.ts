import type { MetadataDelta, MetadataState } from '@streambus/metadata';
import { type Message, messageTypeName } from '@streambus/raft';
import type { RaftNodeError, RaftNodeEvent } from '@streambus/raft-node';
import type { SeededRandom } from '@streambus/runtime/testing';
import type { ClientOperation } from '../clients/client-operation.ts';
import type { ClientObserver } from '../clients/workload.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeChange, NodeWatch } from '../cluster/node-watch.ts';
import type { ClusterObserver } from '../cluster/observer.ts';
import { invariants } from '../invariants/index.ts';
import { type Invariant, type NodeGauges, Violation } from '../invariants/invariant.ts';
import type { AppliedCommand } from '../machines/machine.ts';
import type { World } from '../world/world.ts';
import { emptyFigures, type Figures } from './figures.ts';
import type { Trace } from './trace.ts';

/** Hears everything that happens, and holds it against all that must be. */
export class Judge implements ClusterObserver, ClientObserver {
  readonly figures: Figures = emptyFigures();
  readonly #world: World;
  readonly #trace: Trace;
  readonly #invariants: readonly Invariant[];
  #violation: Violation | undefined;
  #supervise: (id: number) => void = () => {};

  constructor(world: World, trace: Trace) {
    this.#world = world;
    this.#trace = trace;
    this.#invariants = invariants.map((create) => {
      const invariant = create((message) => this.violated(invariant.name, message));
      return invariant;
    });
  }

  /** Processes that end their work are started again, as whoever runs them does. */
  superviseWith(cluster: Cluster, random: SeededRandom): void {
    this.#supervise = (id) => {
      const { life } = cluster.member(id);
      this.#world.after(100_000 + random.below(1_000_000), () => {
        const member = cluster.member(id);
        if (life === undefined || member.life !== life) return false;
        member.kill('none');
        if (member.blemishes.flipped !== undefined) member.isLost = true;
        this.#world.after(1000, () => {
          if (!member.alive && !member.isLost) member.boot();
          return false;
        });
        return false;
      });
    };
  }

  violated(invariant: string, message: string): void {
    this.#violation ??= new Violation(invariant, message);
  }

  /** @throws Violation */
  assertNoViolation(): void {
    if (this.#violation !== undefined) throw this.#violation;
  }

  onStarted(node: NodeWatch): void {
    this.figures.lives++;
    for (const invariant of this.#invariants) invariant.onStarted?.(node);
  }

  onChange(node: NodeWatch, change: NodeChange): void {
    this.figures.committed = Math.max(this.figures.committed, node.commit);
    if (change.becameLeader) {
      this.figures.elections++;
      this.#trace.line(`node ${node.id}`, `leads term ${node.term}`);
    }
    for (const invariant of this.#invariants) invariant.onChange?.(node, change);
  }

  onSent(node: NodeWatch, message: Message): void {
    if (this.#trace.messages) this.#trace.line(`node ${node.id}`, () => describeMessage(message));
    for (const invariant of this.#invariants) invariant.onSent?.(node, message);
  }

  onApplied(node: NodeWatch, applied: AppliedCommand): void {
    for (const invariant of this.#invariants) invariant.onApplied?.(node, applied);
  }

  onRestored(node: NodeWatch, index: number | undefined, digest: number): void {
    this.figures.snapshotsRestored++;
    for (const invariant of this.#invariants) invariant.onRestored?.(node, index, digest);
  }

  onDelta(node: NodeWatch, delta: MetadataDelta, state: MetadataState): void {
    for (const invariant of this.#invariants) invariant.onDelta?.(node, delta, state);
  }

  onEvent(node: NodeWatch, event: RaftNodeEvent): void {
    if (event.type === 'snapshot') this.figures.snapshotsTaken++;
    if (event.type === 'restored') this.figures.snapshotsReceived++;
    if (event.type === 'snapshotTransfer' || event.type === 'membership') {
      this.#trace.line(`node ${node.id}`, () => JSON.stringify(event));
    }
  }

  onFailed(node: NodeWatch, error: RaftNodeError): void {
    this.figures.failures++;
    for (const invariant of this.#invariants) invariant.onFailed?.(node, error);
    this.#supervise(node.id);
  }

  onCalled(operation: ClientOperation): void {
    for (const invariant of this.#invariants) invariant.onCalled?.(operation);
  }

  onEnded(operation: ClientOperation): void {
    if (operation.state !== 'pending') this.figures[operation.state]++;
    if (operation.isBarrier && operation.state === 'answered') this.figures.barriers++;
    this.figures.repeats += operation.attempts - 1;
    for (const invariant of this.#invariants) invariant.onEnded?.(operation);
  }

  onGauges(node: NodeWatch, gauges: NodeGauges): void {
    for (const invariant of this.#invariants) invariant.onGauges?.(node, gauges);
  }

  /** @throws Violation */
  atEnd(nodes: readonly NodeWatch[]): void {
    for (const invariant of this.#invariants) invariant.atEnd?.(nodes);
    this.assertNoViolation();
  }
}

function describeMessage({ type, to, term, index, logTerm, entries, commit, reject, rejectHint }: Message): string {
  const refusal = reject ? `, refused, hint ${rejectHint}` : '';
  return `says ${messageTypeName(type)} to ${to}: term ${term}, ${index}/${logTerm}, ${entries.length} entries, commit ${commit}${refusal}`;
}
