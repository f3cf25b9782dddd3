import { assert } from '@streambus/runtime';
import type { VersionRange } from './schema.ts';

/** Both ends of a range of versions, included. */
export interface VersionBounds {
  readonly min: number;
  /** `Infinity` where the range is open. */
  readonly max: number;
}

const parsed = new Map<string, VersionBounds>([['none', { min: Infinity, max: -Infinity }]]);

/** The ends of a range such as `3`, `3+` or `0-7`; `none` has no version. */
export function versionBounds(range: VersionRange | 'none'): VersionBounds {
  const known = parsed.get(range);
  if (known !== undefined) return known;
  const match = /^(\d+)(\+|-(\d+))?$/.exec(range);
  assert(match !== null, () => `version range is "${range}"; it must be like 3, 3+ or 0-7`);
  const min = Number(match[1]);
  const bounds = { min, max: match[2] === undefined ? min : match[2] === '+' ? Infinity : Number(match[3]) };
  parsed.set(range, bounds);
  return bounds;
}

/** Whether a version lies in a range; an absent range has none. */
export function inVersions(range: VersionRange | 'none' | undefined, version: number): boolean {
  if (range === undefined) return false;
  const { min, max } = versionBounds(range);
  return version >= min && version <= max;
}
