import type { SeededRandom } from '@streambus/runtime/testing';

/** From one node to another. */
export type Link = readonly [from: number, to: number];

/** Something that is done to a cluster, and taken back after a while. */
export type Fault =
  /** `kill -9`; taken back by a restart on the same disk. */
  | { readonly type: 'kill'; readonly nodes: readonly number[] }
  /** SIGSTOP; taken back by SIGCONT. */
  | { readonly type: 'pause'; readonly nodes: readonly number[] }
  /** What is sent over these links is gone, and nobody is told. */
  | { readonly type: 'cut'; readonly links: readonly Link[] };

/** Whom a fault is to hit. */
export interface Aim {
  readonly random: SeededRandom;
  /** All nodes. */
  readonly nodes: readonly number[];
  readonly victims: readonly number[];
}

/** One way in which things go wrong. */
export interface FaultKind {
  readonly name: string;
  /** Draws how long it stays so. Milliseconds. */
  durationMs(random: SeededRandom): number;
  strike(aim: Aim): Fault;
  /** Whether it can hit a node that something else has hit already. */
  readonly hitsTheStruck: boolean;
  /** Whether it takes network namespaces. */
  readonly needsNamespaces: boolean;
}

/** One of some. */
export function pick<Value>(random: SeededRandom, values: readonly Value[]): Value {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}
