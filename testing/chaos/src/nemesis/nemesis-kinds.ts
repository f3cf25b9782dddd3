import { bothWays } from './both-ways.ts';
import type { FaultKind } from './fault.ts';
import { kill } from './kill.ts';
import { oneWay } from './one-way.ts';
import { pause } from './pause.ts';

/** What can be let loose on a cluster: one kind of fault, or all of them. */
export const nemesisKinds = {
  kill: [kill],
  pause: [pause],
  'one-way': [oneWay],
  'both-ways': [bothWays],
  mixed: [kill, kill, pause, oneWay, bothWays],
} as const satisfies Readonly<Record<string, readonly FaultKind[]>>;

/** One of {@link nemesisKinds}. */
export type NemesisKind = keyof typeof nemesisKinds;

/** Whether its faults take network namespaces. */
export function needsNamespaces(kind: NemesisKind): boolean {
  return nemesisKinds[kind].some((one) => one.needsNamespaces);
}
