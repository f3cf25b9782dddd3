import { describe, expect, it } from 'vitest';
import { bans } from '../src/ban-list.ts';
import { checkBans } from '../src/ban-rules.ts';
import { checkHonesty } from '../src/honesty-rules.ts';
import { checkLayers } from '../src/layer-rules.ts';
import type { Room } from '../src/layers.ts';
import { checkLimits } from '../src/limit-rules.ts';
import { checkLinks } from '../src/link-rules.ts';
import { checkPackages } from '../src/package-rules.ts';
import { describeViolations } from '../src/repository.ts';
import { checkSizes, maxFileLines, maxFunctionLines } from '../src/size-rules.ts';
import { smallRepository, smallRooms } from './fixture.ts';

describe('the faultless house', () => {
  it('passes every rule', () => {
    const repository = smallRepository();
    expect(describeViolations(checkLayers(repository, smallRooms))).toEqual([]);
    expect(describeViolations(checkBans(repository, bans, []))).toEqual([]);
    expect(describeViolations(checkSizes(repository, []))).toEqual([]);
    expect(describeViolations(checkHonesty(repository))).toEqual([]);
    expect(describeViolations(checkPackages(repository))).toEqual([]);
    expect(describeViolations(checkLimits(repository))).toEqual([]);
  });
});

describe('layers, planted', () => {
  const layersOf = (changes: Parameters<typeof smallRepository>[0], rooms: readonly Room[] = smallRooms): string[] =>
    describeViolations(checkLayers(smallRepository(changes), rooms));

  it('an import of a neighbour of the same layer', () => {
    const files = { 'src/reach.ts': "\nimport { ground } from '@house/left';\nground;" };
    expect(layersOf({ right: { files } })).toEqual([
      'packages/right/src/reach.ts:2: @house/left is not among the dependencies of @house/right: @house/ground [layers]',
    ]);
  });

  it.each([
    ['of types only', "import type { T } from '@house/left';"],
    ['in an import type', "export type T = import('@house/left').T;"],
    ['by import()', "export const later = () => import('@house/left');"],
    ['as a re-export', "export { x } from '@house/left';"],
    ['as a re-export of everything', "export * from '@house/left';"],
    ['through a deep entry', "import '@house/left/testing';"],
  ])('an import %s', (_what, text) => {
    expect(layersOf({ right: { files: { 'src/reach.ts': text } } })).toHaveLength(1);
  });

  it('an import from a test', () => {
    const text = "import '@house/left';";
    expect(layersOf({ right: { files: { 'test/reach.test.ts': text } } })).toHaveLength(1);
  });

  it('a dev dependency of the root in published code, which tests may use', () => {
    const text = "import 'vitest';";
    expect(layersOf({ right: { files: { 'src/a.test.ts': text } } })).toEqual([]);
    expect(layersOf({ right: { files: { 'src/a.ts': text } } })).toHaveLength(1);
  });

  it('a relative path out of the package', () => {
    const text = "import '../../left/src/index.ts';";
    expect(layersOf({ right: { files: { 'src/reach.ts': text } } })).toEqual([
      'packages/right/src/reach.ts:1: ../../left/src/index.ts leaves the package; import it by its name [layers]',
    ]);
  });

  it('a dependency in package.json', () => {
    const manifest = { dependencies: { '@house/ground': 'workspace:^', '@house/left': 'workspace:^' } };
    expect(layersOf({ right: { manifest, references: ['packages/ground', 'packages/left'] } })).toEqual([
      'packages/right/package.json: @house/right depends on @house/left; it may use @house/ground [layers]',
    ]);
  });

  it('a dev dependency in package.json', () => {
    const manifest = { devDependencies: { '@house/left': 'workspace:^' } };
    expect(layersOf({ right: { manifest, references: ['packages/ground', 'packages/left'] } })).toHaveLength(1);
  });

  it('a dependency of a published package on a private one, other than for its tests', () => {
    const files = { 'src/index.test.ts': "import { ground } from '@house/ground';\nground;", 'src/index.ts': '' };
    const uses = { '@house/ground': 'workspace:^' };
    const changes = {
      ground: { manifest: { private: true } },
      left: { files, manifest: { dependencies: {}, devDependencies: uses } },
    };
    expect(layersOf({ ...changes, right: { files, manifest: { dependencies: uses } } })).toEqual([
      'packages/right/package.json: @house/right depends on @house/ground, which is not published; its tests may, by devDependencies [layers]',
    ]);
  });

  it('a tsconfig reference without dependency, a dependency without reference', () => {
    expect(layersOf({ right: { references: ['packages/ground', 'packages/left'] } })).toEqual([
      'packages/right/tsconfig.json: packages/left is referenced and not a dependency [layers]',
    ]);
    expect(layersOf({ right: { references: [] } })).toEqual([
      'packages/right/tsconfig.json: packages/ground is a dependency and not referenced [layers]',
    ]);
  });

  it('a cycle, or an arrow upwards, in the table itself', () => {
    const [ground, left, right] = smallRooms as [Room, Room, Room];
    expect(layersOf({}, [{ ...ground, uses: ['@house/left'] }, left, right])).toEqual([
      'the table of layers: @house/ground (layer 0) uses @house/left (layer 1); arrows go down [layers]',
    ]);
  });

  it('a package that is not in the table, an entry without package', () => {
    expect(layersOf({}, smallRooms.slice(0, 2))).toEqual([
      'packages/right: @house/right is not in the table of layers [layers]',
    ]);
    expect(layersOf({}, [...smallRooms, { name: '@house/gone', layer: 2, uses: [] }])).toHaveLength(1);
  });
});

describe('the ban list, planted', () => {
  const usesOf = (text: string, path = 'src/planted.ts'): string[] =>
    describeViolations(checkBans(smallRepository({ right: { files: { [path]: text } } }), bans, []));

  const sampleOf: Readonly<Record<string, string>> = {
    Date: 'export const now = new Date();',
    'node:crypto#random*': "import { randomUUID } from 'node:crypto'; randomUUID();",
    'crypto.random*': 'crypto.randomUUID();',
  };

  it.each(bans.map(({ what, instead }) => ({ what, instead })))(
    '$what is found, with its replacement',
    ({ what, instead }) => {
      const [specifier = '', name] = what.split('#');
      const isModule = what.startsWith('node:');
      const moduleText =
        name === undefined
          ? `import * as it from '${specifier}'; it;`
          : `import { ${name} } from '${specifier}'; ${name};`;
      const found = usesOf(sampleOf[what] ?? (isModule ? moduleText : `${what}(1);`));
      expect(found).toHaveLength(1);
      expect(found[0]).toContain('packages/right/src/planted.ts:1');
      expect(found[0]).toContain(instead);
    },
  );

  it.each([
    ['in brackets', "Date['now']();"],
    ['through globalThis', 'globalThis.setTimeout(() => {}, 1);'],
    ['two steps through globalThis', 'globalThis.Date.now();'],
    ['handed on as a value', 'export const timer = setTimeout;'],
    ['as a default of a parameter', 'export function f(now = Date.now) { return now; }'],
    ['in shorthand', 'export const o = { setTimeout };'],
    ['called as a function', 'export const text = Date();'],
    ['by import()', "export const fs = () => import('node:fs');"],
    ['as a re-export', "export { readFile } from 'node:fs/promises';"],
    ['logging', "console.log('x');"],
  ])('found %s', (_what, text) => {
    expect(usesOf(text)).toHaveLength(1);
  });

  it.each([
    ['a date of a given moment', 'export const d = new Date(5).toISOString(); export const y = Date.UTC(2025);'],
    ['a method of that name', 'export const o = { setTimeout() {} }; o.setTimeout();'],
    ['words in comments and strings', "// Date.now\nexport const s = 'Math.random()';"],
    ['a type', 'export interface I { console: Date }'],
    ['hashing', "import { createHash } from 'node:crypto'; createHash('sha256');"],
  ])('free: %s', (_what, text) => {
    expect(usesOf(text)).toEqual([]);
  });

  it('tests are free', () => {
    expect(usesOf('setTimeout(() => {}, 1);', 'test/a.test.ts')).toEqual([]);
  });

  it('an allowance holds for its place alone, and must be needed', () => {
    const repository = smallRepository({ right: { files: { 'src/a.ts': 'Date.now();', 'src/b.ts': 'Date.now();' } } });
    const allowance = { path: 'packages/right/src/a.ts', what: 'Date.now', why: 'planted' };
    expect(describeViolations(checkBans(repository, bans, [allowance]))).toEqual([
      expect.stringContaining('packages/right/src/b.ts:1: Date.now is banned'),
    ]);
    expect(describeViolations(checkBans(smallRepository(), bans, [allowance]))).toEqual([
      expect.stringContaining('the allowance of Date.now is no longer needed'),
    ]);
  });
});

describe('sizes, planted', () => {
  const path = 'packages/right/src/long.ts';
  const sizesOf = (text: string, ratchet: Parameters<typeof checkSizes>[1] = []): string[] =>
    describeViolations(checkSizes(smallRepository({ right: { files: { 'src/long.ts': text } } }), ratchet));
  const functionOf = (lines: number): string => `export function long() {\n${'  void 0;\n'.repeat(lines - 2)}}\n`;

  it('a file of one line too many', () => {
    expect(sizesOf('void 0;\n'.repeat(maxFileLines))).toEqual([]);
    expect(sizesOf('void 0;\n'.repeat(maxFileLines + 1))).toEqual([
      `${path}: ${maxFileLines + 1} lines; a file has at most ${maxFileLines} [sizes]`,
    ]);
  });

  it('a function of one line too many, in each way to write one', () => {
    expect(sizesOf(functionOf(maxFunctionLines))).toEqual([]);
    const body = `{\n${'  void 0;\n'.repeat(maxFunctionLines)}}`;
    for (const text of [
      `export function long() ${body}`,
      `export const long = () => ${body};`,
      `export class C { long() ${body} }`,
      `export class C { #long() ${body} }`,
      `export const o = { long() ${body} };`,
    ]) {
      expect(sizesOf(text)).toEqual([expect.stringMatching(/: long has \d+ lines/)]);
    }
  });

  it('the ratchet: holds its length, may not grow, must be lowered, must be needed', () => {
    const entry = { path, name: 'long', lines: 80 };
    expect(sizesOf(functionOf(80), [entry])).toEqual([]);
    expect(sizesOf(functionOf(81), [entry])).toEqual([expect.stringContaining('grown from 80 to 81')]);
    expect(sizesOf(functionOf(79), [entry])).toEqual([expect.stringContaining('write that number on the ratchet')]);
    expect(sizesOf(functionOf(10), [entry])).toEqual([expect.stringContaining('take it off the ratchet')]);
  });
});

describe('honesty, planted', () => {
  const honestyOf = (text: string): string[] =>
    describeViolations(checkHonesty(smallRepository({ right: { files: { 'src/a.test.ts': text } } })));

  it.each([
    'it.skip("x", () => {});',
    'describe.only("x", () => {});',
    'test.todo("x");',
    'it.concurrent.skip("x", () => {});',
    'it.skip.each([1])("x", () => {});',
    '// TODO: later\nvoid 0;',
    '/* FIXME */ void 0;',
  ])('%s', (text) => {
    expect(honestyOf(text)).toHaveLength(1);
  });

  it('free: a condition that says why, and other things called skip', () => {
    expect(honestyOf('it.skipIf(!there)("x (skipped: no data)", () => {}); list.skip(1);')).toEqual([]);
  });
});

describe('packages, planted', () => {
  const packagesOf = (change: Parameters<typeof smallRepository>[0]): string[] =>
    describeViolations(checkPackages(smallRepository(change)));
  const published = { '.': { types: './dist/index.d.ts', default: './dist/index.js' } };

  it('a package without README, without example, without a test that runs it', () => {
    expect(packagesOf({ right: { readme: undefined } })).toHaveLength(1);
    expect(packagesOf({ right: { readme: 'words' } })).toHaveLength(1);
    expect(packagesOf({ right: { files: { 'test/readme.test.ts': '' } } })).toHaveLength(1);
  });

  it('a manifest that is not ESM only, or of another licence', () => {
    expect(packagesOf({ right: { manifest: { type: 'commonjs' } } })).toHaveLength(1);
    expect(packagesOf({ right: { manifest: { license: 'MIT' } } })).toHaveLength(1);
  });

  it('exports in another order, and exports that are published otherwise', () => {
    const reordered = { types: './d.ts', default: './d.js', '@streambus/source': './s.ts' };
    expect(packagesOf({ right: { manifest: { exports: { '.': reordered } } } })).toHaveLength(1);
    const leaked = { '.': { ...published['.'], '@streambus/source': './src/index.ts' } };
    expect(packagesOf({ right: { manifest: { publishConfig: { access: 'public', exports: leaked } } } })).toHaveLength(
      1,
    );
  });

  it('a package that the solution file forgets', () => {
    const repository = { ...smallRepository(), rootReferences: { 'tsconfig.json': [], 'tsconfig.build.json': [] } };
    expect(checkPackages(repository)).toHaveLength(6);
  });

  it('a decision record that names no test, or one that is not there', () => {
    const decisionsOf = (text: string): string[] =>
      describeViolations(
        checkPackages(smallRepository({}, { decisions: [{ path: 'docs/decisions/0001-x.md', text }] })),
      );
    expect(decisionsOf('# X\n\nCaught by `testing/house/test/repository.test.ts`.\n')).toEqual([]);
    expect(decisionsOf('# X\n\nWe hope for the best.\n')).toHaveLength(1);
    expect(decisionsOf('# X\n\nCaught by `testing/house/test/gone.test.ts`.\n')).toHaveLength(1);
  });
});

describe('limits, planted', () => {
  const options = 'export interface QueueOptions { readonly maxQueuedBytes?: number; readonly maxWaitMs?: number }';
  const limitsOf = (limits: string, text = options): string[] =>
    describeViolations(checkLimits(smallRepository({ right: { files: { 'src/queue.ts': text } } }, { limits })));

  it('a bound that the page does not list, or lists under another package', () => {
    expect(limitsOf('# Limits\n\n## @house/right\n\n| `maxQueuedBytes` | 1 | refused |\n')).toEqual([]);
    expect(limitsOf('')).toEqual([
      'packages/right/src/queue.ts:1: docs/LIMITS.md does not list maxQueuedBytes under @house/right [limits]',
    ]);
    expect(limitsOf('## @house/left\n\n| `maxQueuedBytes` | 1 | refused |\n')).toHaveLength(2);
  });

  it('a line without its option, a section without its package', () => {
    expect(limitsOf('## @house/right\n\n| `maxQueuedBytes` | 1 | x |\n| `maxGoneBytes` | 1 | x |\n')).toEqual([
      'docs/LIMITS.md: maxGoneBytes is nowhere in packages/right [limits]',
    ]);
    expect(limitsOf('## @house/gone\n', '')).toHaveLength(1);
  });
});

describe('links, planted', () => {
  it('a relative link that leads nowhere; others are left alone', () => {
    const text =
      '[there](../testing/house/test/repository.test.ts) [web](https://example.org/x)\n[part](#part) [gone](gone.md#part)\n';
    const repository = smallRepository({}, { documents: [{ path: 'docs/page.md', text }] });
    expect(describeViolations(checkLinks(repository))).toEqual(['docs/page.md:2: gone.md leads nowhere [links]']);
  });
});
