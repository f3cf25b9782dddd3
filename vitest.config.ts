import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const repositoryRoot = import.meta.dirname;
// Tests run from source; what is published is tested from packed tarballs by `pnpm verify`.
const conditions = ['@streambus/source', 'node', 'import', 'default'];

/** One project per workspace package, named as the package is. */
const projects = ['packages', 'apps', 'testing', 'examples']
  .filter((group) => existsSync(join(repositoryRoot, group)))
  .flatMap((group) => readdirSync(join(repositoryRoot, group)).map((folder) => join(repositoryRoot, group, folder)))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name as string,
      root: folder,
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      environment: 'node' as const,
    },
  }));

export default defineConfig({ test: { projects } });
