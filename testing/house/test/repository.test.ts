import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allowances, bans } from '../src/ban-list.ts';
import { checkBans } from '../src/ban-rules.ts';
import { checkHonesty } from '../src/honesty-rules.ts';
import { checkLayers } from '../src/layer-rules.ts';
import { rooms } from '../src/layers.ts';
import { checkLimits } from '../src/limit-rules.ts';
import { checkLinks } from '../src/link-rules.ts';
import { checkPackages } from '../src/package-rules.ts';
import { ratchet } from '../src/ratchet.ts';
import { readRepository } from '../src/read-repository.ts';
import { describeViolations } from '../src/repository.ts';
import { checkSizes } from '../src/size-rules.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

// Reading and parsing every file takes a second or two, and more on a busy machine.
describe('this repository', { timeout: 60_000 }, () => {
  const repository = readRepository(root);

  it('is what was read: the rules see every package and its files', () => {
    expect(repository.packages.map(({ manifest }) => manifest.name)).toEqual(
      expect.arrayContaining(rooms.map(({ name }) => name)),
    );
    const own = 'testing/house/src/read-repository.ts';
    expect(repository.packages.flatMap(({ files }) => files).map(({ path }) => path)).toContain(own);
    expect(dirname(own)).toBe('testing/house/src');
  });

  it('keeps the layers: manifests, references, imports', () => {
    expect(describeViolations(checkLayers(repository, rooms))).toEqual([]);
  });

  it('takes the outside world in by the door alone: the ban list', () => {
    expect(describeViolations(checkBans(repository, bans, allowances))).toEqual([]);
  });

  it('keeps files and functions short', () => {
    expect(describeViolations(checkSizes(repository, ratchet))).toEqual([]);
  });

  it('switches no test off and promises no work in comments', () => {
    expect(describeViolations(checkHonesty(repository))).toEqual([]);
  });

  it('gives every package its manifest, README and place, and every decision its test', () => {
    expect(describeViolations(checkPackages(repository))).toEqual([]);
  });

  it('lists every bound on docs/LIMITS.md', () => {
    expect(describeViolations(checkLimits(repository))).toEqual([]);
  });

  it('has no document with a link that leads nowhere', () => {
    expect(describeViolations(checkLinks(repository))).toEqual([]);
  });
});
