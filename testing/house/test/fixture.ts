import type { Room } from '../src/layers.ts';
import type { Manifest, Repository, SourceFile, WorkspacePackage } from '../src/repository.ts';

/** A house of three rooms without fault, into which tests plant their violations. */
export const smallRooms: readonly Room[] = [
  { name: '@house/ground', layer: 0, uses: [] },
  { name: '@house/left', layer: 1, uses: ['@house/ground'] },
  { name: '@house/right', layer: 1, uses: ['@house/ground'] },
];

interface PackageChange {
  readonly manifest?: Partial<Manifest>;
  readonly references?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly readme?: string | undefined;
}

interface DocumentChange {
  readonly decisions?: readonly SourceFile[];
  readonly documents?: readonly SourceFile[];
  readonly limits?: string;
}

/** The faultless house, with the given changes to its packages `ground`, `left` and `right`. */
export function smallRepository(
  changes: Readonly<Record<string, PackageChange>> = {},
  { decisions = [], documents = [], limits = '' }: DocumentChange = {},
): Repository {
  const names = ['ground', 'left', 'right'];
  return {
    packages: names.map((name) => smallPackage(name, changes[name] ?? {})),
    rootManifest: { name: 'root', devDependencies: { vitest: '1' } },
    rootReferences: {
      'tsconfig.json': names.map((name) => `packages/${name}/tsconfig.test.json`),
      'tsconfig.build.json': names.map((name) => `packages/${name}`),
    },
    decisions,
    documents,
    limits: { path: 'docs/LIMITS.md', text: limits },
    exists: (path) => path === 'testing/house/test/repository.test.ts',
  };
}

function smallPackage(name: string, change: PackageChange): WorkspacePackage {
  const folder = `packages/${name}`;
  const isGround = name === 'ground';
  const texts: Record<string, string> = {
    'src/index.ts': isGround
      ? 'export const ground = 1;'
      : "import { ground } from '@house/ground';\nexport { ground };",
    'test/readme.test.ts': 'runReadmeExample(import.meta.url);',
    ...change.files,
  };
  return {
    folder,
    manifest: {
      name: `@house/${name}`,
      type: 'module',
      license: 'Apache-2.0',
      files: ['dist'],
      dependencies: isGround ? {} : { '@house/ground': 'workspace:^' },
      exports: {
        '.': { '@streambus/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      },
      publishConfig: {
        access: 'public',
        exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      },
      ...change.manifest,
    },
    references: change.references ?? (isGround ? [] : ['packages/ground']),
    tsconfigs: ['tsconfig.json', 'tsconfig.test.json'],
    files: Object.entries(texts).map(([path, text]) => ({ path: `${folder}/${path}`, text })),
    readme: 'readme' in change ? change.readme : '```ts\nexample();\n```',
  };
}
