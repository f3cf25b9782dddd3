import type { SeededRandom } from '@streambus/runtime/testing';
import type { Cluster } from '../cluster/cluster.ts';
import type { ClientTraits } from '../run/configuration.ts';
import type { Figures } from '../run/figures.ts';
import type { Trace } from '../run/trace.ts';
import type { SubjectType } from '../subjects/subject.ts';
import type { World } from '../world/world.ts';
import { Client } from './client.ts';
import type { ClientOperation } from './client-operation.ts';
import { MetadataDeeds } from './metadata-deeds.ts';
import { RegisterDeeds } from './register-deeds.ts';

/** Who hears what clients do. */
export interface ClientObserver {
  onCalled(operation: ClientOperation): void;
  onEnded(operation: ClientOperation): void;
}

/** What a workload needs. */
export interface WorkloadParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  readonly subject: SubjectType;
  readonly traits: ClientTraits;
  readonly observer: ClientObserver;
  readonly figures: Figures;
  readonly trace: Trace;
}

/** Several clients, each of which uses any of the nodes. */
export class Workload {
  readonly #clients: readonly Client[];
  #operations = 0;
  #moments = 0;
  #stopped = false;

  constructor(parts: WorkloadParts) {
    const { traits, random, subject } = parts;
    this.#clients = Array.from({ length: traits.clients }, (_, at) => {
      const hasSession = random.below(100) < traits.sessionPercent;
      const clientParts = { ...parts, random: random.fork(), id: at + 1, workload: this };
      return new Client(clientParts, (client) => {
        return subject === 'metadata' ? new MetadataDeeds(client) : new RegisterDeeds(client, hasSession);
      });
    });
  }

  /** Whether nobody waits for anything. */
  get idle(): boolean {
    return this.#clients.every(({ outstanding }) => outstanding === 0);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    for (const client of this.#clients) client.start();
  }

  /** Nobody begins anything any more. */
  stop(): void {
    this.#stopped = true;
  }

  nextOperation(): number {
    return ++this.#operations;
  }

  /** The next moment in the order of calls and answers. */
  nextMoment(): number {
    return ++this.#moments;
  }
}
