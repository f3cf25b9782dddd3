import type { Broker, MetadataStore } from '@streambus/metadata';
import type { RaftNode } from '@streambus/raft-node';
import { type Clock, delay, type Logger, type Timer } from '@streambus/runtime';
import type { Transport } from '@streambus/transport';

/** What a controller works with. */
export interface ControllerDependencies {
  readonly node: Pick<RaftNode, 'status' | 'subscribe'>;
  readonly store: Pick<MetadataStore, 'state' | 'fenceBroker' | 'subscribe'>;
  readonly transport: Pick<Transport, 'subscribe' | 'connectedPeers'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a controller goes by. */
export interface ControllerOptions {
  readonly nodeId: number;
  /** A broker that is silent for this long is fenced; one whose process has ended is at once. */
  readonly sessionTimeoutMs: number;
}

/** After a fencing that failed, where the store's own attempts did not help. */
const retryAfterMs = 200;

/** A broker that is not connected. */
interface Absence {
  readonly sinceMs: number;
  /** Its machine says that the process has ended: nothing will come from it. */
  readonly gone: boolean;
}

/**
 * Takes brokers for dead, on the one that leads the metadata: it hears of every other broker by the one connection with it. The entry that fences
 * a broker moves all its leaderships.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #dependencies: ControllerDependencies;
  readonly #absences = new Map<number, Absence>();
  readonly #present = new Set<number>();
  /** Incarnations that are being fenced. */
  readonly #fencing = new Set<string>();
  readonly #subscriptions: (() => void)[] = [];
  #leadsSinceMs: number | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: ControllerOptions, dependencies: ControllerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  start(): void {
    const { node, store, transport, clock } = this.#dependencies;
    this.#subscriptions.push(
      transport.subscribe({
        onPeerUp: ({ id }) => this.#onPresent(id),
        onPeerDown: (id) => this.#onAbsent(id, false),
        onPeerGone: (id) => this.#onAbsent(id, true),
      }),
      node.subscribe((event) => {
        if (event.type !== 'role') return;
        this.#leadsSinceMs = event.role === 'leader' ? clock.monotonicMs() : undefined;
        this.#consider();
      }),
      store.subscribe((delta) => {
        if (delta.brokersChanged.length > 0) this.#considerSoon();
      }),
    );
    for (const { id } of transport.connectedPeers()) this.#onPresent(id);
    if (node.status().role === 'leader') this.#leadsSinceMs = clock.monotonicMs();
    this.#consider();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const end of this.#subscriptions) end();
  }

  #onPresent(id: number): void {
    this.#present.add(id);
    this.#absences.delete(id);
  }

  #onAbsent(id: number, gone: boolean): void {
    const sinceMs = this.#absences.get(id)?.sinceMs ?? this.#dependencies.clock.monotonicMs();
    this.#present.delete(id);
    this.#absences.set(id, { sinceMs, gone });
    this.#consider();
  }

  /** A listener of the metadata must be quick, and proposes nothing from within. */
  #considerSoon(): void {
    this.#dependencies.clock.nextTurn(() => this.#consider());
  }

  #consider(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { clock, store } = this.#dependencies;
    if (this.#stopped || this.#leadsSinceMs === undefined) return;
    const nowMs = clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const broker of store.state.brokers.values()) {
      if (broker.status === 'fenced' || this.#fencing.has(broker.incarnation)) continue;
      const dueMs = this.#dueMs(broker.brokerId, this.#leadsSinceMs);
      if (dueMs <= nowMs) void this.#fence(broker);
      else nextMs = Math.min(nextMs, dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#timer = clock.setTimer(nextMs - nowMs, () => this.#consider());
  }

  /** When a broker is to be fenced if nothing is heard from it. A leader does not count from before its own time. */
  #dueMs(id: number, leadsSinceMs: number): number {
    if (id === this.#options.nodeId || this.#present.has(id)) return Number.POSITIVE_INFINITY;
    const absence = this.#absences.get(id);
    if (absence?.gone === true) return 0;
    return Math.max(absence?.sinceMs ?? leadsSinceMs, leadsSinceMs) + this.#options.sessionTimeoutMs;
  }

  async #fence({ brokerId, incarnation }: Broker): Promise<void> {
    const { store, logger } = this.#dependencies;
    const gone = this.#absences.get(brokerId)?.gone === true;
    logger.warn({ broker: brokerId, incarnation, gone }, 'takes a broker for dead');
    this.#fencing.add(incarnation);
    try {
      await store.fenceBroker({ brokerId, incarnation });
    } catch (err) {
      logger.warn({ err, broker: brokerId, incarnation }, 'could not fence a broker');
      await delay(this.#dependencies.clock, retryAfterMs);
    } finally {
      this.#fencing.delete(incarnation);
    }
    this.#consider();
  }
}
