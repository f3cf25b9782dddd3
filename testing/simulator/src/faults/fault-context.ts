import type { SeededRandom } from '@streambus/runtime/testing';
import type { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import type { Figures } from '../run/figures.ts';
import type { Trace } from '../run/trace.ts';
import type { World } from '../world/world.ts';
import type { FaultKind } from './fault-kinds.ts';

/** What a fault works with. */
export interface FaultContext {
  readonly world: World;
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  readonly trace: Trace;
  /** Voters that the cluster began with. */
  readonly firstVoters: number;
  /** Changes of the membership that were asked for. */
  membershipChanges: number;
  readonly figures: Figures;
  /** Any member, alive or not. */
  anyMember(): Member;
  /** One that is alive, more often than not the leader; undefined when all are dead. */
  anyAlive(): Member | undefined;
  /** A duration up to this, short ones more often. */
  durationUs(maxMs: number): number;
  /** Says that it happens, for the trace and the figures. */
  injected(kind: FaultKind, text: string): void;
  /** Ends the fault after some time, or when everything is healed. */
  undoAfter(delayUs: number, undo: () => void): void;
  /** Starts a member again after some time, or when everything is healed. */
  bootAfter(delayUs: number, member: Member): void;
}

/** Makes something go wrong, or nothing where it cannot. */
export type Fault = (context: FaultContext) => void;
