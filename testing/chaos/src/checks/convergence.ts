import type { Rest } from '../key-value/host-node.ts';

/** All nodes have the same: the same entries, the same state, the same sessions. */
export function checkConvergence(rests: readonly Rest[]): readonly string[] {
  const differ = (what: string, values: readonly (string | number)[]): readonly string[] =>
    new Set(values).size === 1 ? [] : [`in the end the nodes differ in ${what}: ${values.join(', ')}`];
  return [
    ...differ(
      'what they have applied',
      rests.map(({ applied }) => applied),
    ),
    ...differ(
      'their state',
      rests.map(({ content }) => content.digest),
    ),
    ...differ(
      'their snapshots',
      rests.map(({ snapshotDigest }) => snapshotDigest),
    ),
  ];
}
