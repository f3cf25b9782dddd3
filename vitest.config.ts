import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** One project per workspace package that has tests, named as the package is. */
const projects = ['packages', 'apps', 'testing', 'examples'].flatMap((group) =>
  existsSync(group)
    ? readdirSync(group)
        .filter((folder) => existsSync(`${group}/${folder}/package.json`))
        .map((folder) => ({
          resolve: { conditions: ['@streambus/source', 'node', 'import', 'default'] },
          ssr: { resolve: { conditions: ['@streambus/source', 'node', 'import', 'default'] } },
          test: {
            name: JSON.parse(readFileSync(`${group}/${folder}/package.json`, 'utf8')).name as string,
            root: `${group}/${folder}`,
            include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
            environment: 'node' as const,
          },
        }))
    : [],
);

export default defineConfig({ test: { projects, passWithNoTests: true } });
