import { assert } from '@streambus/runtime';
import type { SeededRandom } from '@streambus/runtime/testing';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import type { Configuration } from '../run/configuration.ts';
import type { Trace } from '../run/trace.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { type Life, Member } from './member.ts';
import type { ClusterObserver } from './observer.ts';

/** What a cluster is made of. */
export interface ClusterParts {
  readonly configuration: Configuration;
  readonly world: World;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly observer: ClusterObserver;
}

/** All machines, and what runs on them. */
export class Cluster {
  readonly network: SimulatedNetwork;
  readonly members: readonly Member[];
  readonly #world: World;
  readonly #observer: ClusterObserver;
  #lastAwake: SimulatedProcess | undefined;
  #lastLife: Life | undefined;
  readonly #leaderListeners = new Set<(member: Member) => void>();

  constructor(parts: ClusterParts) {
    const { configuration, world, random, observer } = parts;
    this.#world = world;
    this.#observer = observer;
    this.network = new SimulatedNetwork(world, random.fork(), configuration.network);
    const ids = Array.from({ length: configuration.size + configuration.spares }, (_, at) => at + 1);
    const voters = ids.slice(0, configuration.size);
    this.members = ids.map((id) => {
      return new Member({ ...parts, id, ids, voters, network: this.network, random: random.fork() });
    });
  }

  member(id: number): Member {
    const member = this.members[id - 1];
    assert(member !== undefined, () => `there is no node ${id}`);
    return member;
  }

  /** What runs, in the order of ids. */
  get lives(): readonly Life[] {
    return this.members.flatMap(({ life }) => (life?.started === true && !life.failed ? [life] : []));
  }

  /** The member that leads the highest term, if any does. */
  get leader(): Member | undefined {
    let leader: Member | undefined;
    for (const member of this.members) {
      const watch = member.life?.watch;
      if (watch?.role === 'leader' && watch.term > (leader?.life?.watch.term ?? 0)) leader = member;
    }
    return leader;
  }

  /** Starts the first voters; the others are started when a change brings them in. */
  boot(): void {
    for (const member of this.members) if (member.isFirst) member.boot();
  }

  /** Looks at the node that did something last. */
  look(): void {
    const { awake } = this.#world;
    if (awake === undefined) return;
    if (awake !== this.#lastAwake) {
      this.#lastAwake = awake;
      this.#lastLife = this.members.find(({ life }) => life?.process === awake)?.life;
    }
    const life = this.#lastLife;
    if (life === undefined || !life.process.alive) return;
    const change = life.watch.look();
    if (change === undefined) return;
    this.#observer.onChange(life.watch, change);
    if (change.becameLeader) for (const listener of [...this.#leaderListeners]) listener(this.member(life.watch.id));
  }

  /** Calls back when somebody begins to lead. @returns what ends it */
  onLeader(listener: (member: Member) => void): () => void {
    this.#leaderListeners.add(listener);
    return () => {
      this.#leaderListeners.delete(listener);
    };
  }
}
