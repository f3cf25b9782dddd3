import { createSeededRandom, type SeededRandom } from '@streambus/runtime/testing';
import type { DiskTraits } from '../disk/simulated-disk.ts';
import type { FaultKind } from '../faults/fault-kinds.ts';
import { faultKinds } from '../faults/fault-kinds.ts';
import type { MachineTraits } from '../machines/register-machine.ts';
import type { NetworkTraits } from '../network/simulated-network.ts';
import type { SubjectType } from '../subjects/subject.ts';

/** What a cluster's nodes are set to. */
export interface NodeTraits {
  readonly tickIntervalMs: number;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTimeoutTicks: number;
  readonly snapshotAfterEntries: number;
  readonly snapshotAfterBytes: number;
  readonly maxSessions: number;
  readonly maxQueuedProposalBytes: number;
  readonly maxWaitingReads: number;
}

/** What a cluster's connections are set to. */
export interface TransportTraits {
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxBackoffMs: number;
}

/** What clients do. */
export interface ClientTraits {
  readonly clients: number;
  /** Of a hundred clients so many have a session. */
  readonly sessionPercent: number;
  /** Between an answer and the next operation, at most. */
  readonly thinkMs: number;
  readonly deadlineMs: number;
  /** Of a hundred operations so many read behind a barrier. */
  readonly readPercent: number;
  /** Of a hundred times so many a client proposes many at once. */
  readonly burstPercent: number;
  readonly burstOperations: number;
  readonly keys: number;
  readonly maxBallastBytes: number;
}

/** Everything that a seed decides before the run begins. */
export interface Configuration {
  readonly seed: number;
  /** Voters at the beginning, with the ids from 1 on. */
  readonly size: 1 | 3 | 5;
  /** Machines with the ids after those, which changes of the membership may bring in. */
  readonly spares: number;
  readonly breakMs: number;
  readonly node: NodeTraits;
  readonly transport: TransportTraits;
  readonly network: NetworkTraits;
  readonly disk: DiskTraits;
  /** Local microseconds by which a clock may be off in a million. */
  readonly clockDriftPpm: number;
  /** What the cluster is for. */
  readonly subject: SubjectType;
  readonly machine: MachineTraits;
  readonly clients: ClientTraits;
  readonly faults: ReadonlySet<FaultKind>;
  /** Between two faults, at most. */
  readonly faultEveryMs: number;
}

/** How long a run is broken before it is healed, unless asked otherwise: with what comes after, it takes more than a virtual minute. */
const breakMs = 55_000;

/** Draws everything from the seed: each run has its own cluster, network, load and mix of faults. */
export function configurationOf(seed: number): Configuration {
  const random = createSeededRandom(seed).fork();
  const size = pick(random, [3, 3, 3, 5, 5, 1]);
  const spares = pick(random, [0, 1, 2]);
  const electionTimeoutTicks = pick(random, [5, 10, 10, 10, 20]);
  return {
    seed,
    size,
    spares,
    breakMs,
    node: {
      tickIntervalMs: pick(random, [50, 100, 100, 100]),
      electionTimeoutTicks,
      heartbeatTimeoutTicks: pick(random, [1, 1, 1, 2]),
      snapshotAfterEntries: pick(random, [20, 100, 500, 1_000_000]),
      snapshotAfterBytes: pick(random, [30_000, 16_777_216, 16_777_216]),
      maxSessions: pick(random, [3, 1000, 1000]),
      maxQueuedProposalBytes: pick(random, [2_000, 1_000_000, 1_000_000]),
      maxWaitingReads: pick(random, [3, 1000, 1000]),
    },
    transport: {
      idleTimeoutMs: pick(random, [1000, 3000, 5000]),
      connectTimeoutMs: pick(random, [500, 2000, 5000]),
      maxBackoffMs: pick(random, [500, 2000, 10_000]),
    },
    network: drawNetwork(random),
    disk: {
      operationUs: pick(random, [20, 50, 200]),
      syncUs: pick(random, [100, 1000, 5000]),
      slowSyncPercent: pick(random, [0, 1, 5]),
    },
    clockDriftPpm: pick(random, [0, 100, 20_000]),
    subject: pick(random, ['registers', 'metadata']),
    machine: {
      paddingBytes: pick(random, [0, 0, 0, 0, 600_000]),
      restoresInPieces: pick(random, [false, true]),
    },
    clients: drawClients(random),
    faults: drawFaults(random),
    faultEveryMs: pick(random, [1000, 3000, 8000]),
  };
}

function drawNetwork(random: SeededRandom): NetworkTraits {
  const delayUs = pick(random, [50, 200, 200, 1000, 10_000]);
  return {
    delayUs,
    jitterUs: pick(random, [0, delayUs, delayUs * 5]),
    splitPercent: pick(random, [0, 0, 10]),
    transitBytes: pick(random, [65_536, 262_144]),
  };
}

function drawClients(random: SeededRandom): ClientTraits {
  return {
    clients: 2 + random.below(5),
    sessionPercent: pick(random, [0, 50, 50, 100]),
    thinkMs: pick(random, [100, 400, 1000]),
    deadlineMs: pick(random, [500, 2000, 5000]),
    readPercent: pick(random, [10, 40, 70]),
    burstPercent: pick(random, [0, 2, 5]),
    burstOperations: pick(random, [8, 32]),
    keys: pick(random, [1, 2, 4]),
    maxBallastBytes: pick(random, [0, 0, 200, 20_000]),
  };
}

/** A part of all kinds: what only happens while something else does not would never be found with all of them at once. */
function drawFaults(random: SeededRandom): ReadonlySet<FaultKind> {
  const percent = pick(random, [20, 50, 100]);
  return new Set(faultKinds.filter(() => random.below(100) < percent));
}

function pick<const T>(random: SeededRandom, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}
