import type { SeededRandom } from '@streambus/runtime/testing';
import type { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import type { Figures } from '../run/figures.ts';
import type { Trace } from '../run/trace.ts';
import type { World } from '../world/world.ts';
import { leadershipTransfer, membershipChange, snapshot } from './cluster-faults.ts';
import { diskError, diskFull, diskStall, flippedBit } from './disk-faults.ts';
import type { Fault, FaultContext } from './fault-context.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import {
  bridge,
  cutBothWays,
  cutOneWay,
  flapping,
  isolation,
  lossyLink,
  partition,
  reset,
  slowLink,
  throttle,
} from './network-faults.ts';
import {
  kill,
  pause,
  powerLoss,
  powerLossEverywhere,
  powerLossOfNewLeaders,
  stall,
  wallClockJump,
} from './process-faults.ts';

const faults: Readonly<Record<FaultKind, Fault>> = {
  kill,
  'power loss': powerLoss,
  'power loss everywhere': powerLossEverywhere,
  'power loss of new leaders': powerLossOfNewLeaders,
  pause,
  'stall of an event loop': stall,
  'wall clock jump': wallClockJump,
  'cut one way': cutOneWay,
  'cut both ways': cutBothWays,
  isolation,
  partition,
  bridge,
  'flapping link': flapping,
  reset,
  throttle,
  'slow link': slowLink,
  'lossy link': lossyLink,
  'disk stall': diskStall,
  'disk error': diskError,
  'disk full': diskFull,
  'flipped bit': flippedBit,
  'leadership transfer': leadershipTransfer,
  'membership change': membershipChange,
  snapshot,
};

/** What a nemesis needs. */
export interface NemesisParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly kinds: ReadonlySet<FaultKind>;
  /** Between two faults, at most. */
  readonly everyMs: number;
  readonly firstVoters: number;
  readonly figures: Figures;
}

/** Makes things go wrong until it is told to heal everything. */
export class Nemesis {
  /** How often each kind was injected. */
  readonly counts: Record<FaultKind, number> = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<
    FaultKind,
    number
  >;
  readonly #parts: NemesisParts;
  readonly #kinds: readonly FaultKind[];
  readonly #context: FaultContext;
  readonly #undos = new Set<() => void>();
  #healed = false;

  constructor(parts: NemesisParts) {
    this.#parts = parts;
    this.#kinds = faultKinds.filter((kind) => parts.kinds.has(kind));
    this.#context = this.#createContext();
  }

  start(): void {
    if (this.#kinds.length > 0) this.#next();
  }

  /** Nothing is wrong from now on: ways are open, processes run, disks answer. */
  heal(): void {
    this.#healed = true;
    this.#parts.trace.line('nemesis', 'heals everything');
    for (const undo of [...this.#undos]) undo();
    for (const { disk } of this.#parts.cluster.members) disk.settle();
  }

  #next(): void {
    const { world, random, everyMs } = this.#parts;
    world.after(random.below(everyMs * 1000) + 1, () => {
      if (this.#healed) return false;
      const kind = this.#kinds[random.below(this.#kinds.length)];
      if (kind !== undefined) faults[kind](this.#context);
      this.#next();
      return true;
    });
  }

  #createContext(): FaultContext {
    const { world, cluster, random, trace, firstVoters, figures } = this.#parts;
    const anyOf = (members: readonly Member[]): Member | undefined =>
      members[random.below(Math.max(1, members.length))];
    const undoAfter = (delayUs: number, undo: () => void): void => {
      const once = (): void => {
        if (this.#undos.delete(once)) undo();
      };
      this.#undos.add(once);
      world.after(delayUs, () => {
        once();
        return false;
      });
    };
    return {
      world,
      cluster,
      random,
      trace,
      firstVoters,
      membershipChanges: 0,
      figures,
      anyMember: () => cluster.member(1 + random.below(cluster.members.length)),
      anyAlive: () => {
        const { leader } = cluster;
        if (leader !== undefined && random.below(2) === 0) return leader;
        return anyOf(cluster.members.filter(({ alive }) => alive));
      },
      durationUs: (maxMs) => 1000 + Math.floor((random.below(maxMs * 1000) * random.below(1000)) / 1000),
      injected: (kind, text) => {
        this.counts[kind]++;
        trace.line('nemesis', `${kind} ${text}`);
      },
      undoAfter,
      bootAfter: (delayUs, member) => {
        undoAfter(delayUs, () => {
          if (!member.alive && !member.isLost) member.boot();
        });
      },
    };
  }
}
