import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Runs the first TypeScript block of the README.md beside the test's package.json, as a newcomer would paste it: as a module
 * inside that package, imports resolved through the published entries.
 *
 * An example asserts what it claims by itself (`node:assert`); it fails the test by throwing.
 *
 * @param testUrl - `import.meta.url` of `test/readme.test.ts`
 * @param run - runs the file, where it takes more than importing it: a program of several processes
 */
export async function runReadmeExample(testUrl: string, run: (file: string) => Promise<void> = load): Promise<void> {
  const packageFolder = dirname(dirname(new URL(testUrl).pathname));
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (code === undefined) throw new Error(`${packageFolder}/README.md has no \`\`\`ts block`);
  const folder = await mkdtemp(join(packageFolder, 'test', 'readme-example-'));
  try {
    const file = join(folder, 'example.ts');
    await writeFile(file, code);
    await run(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function load(file: string): Promise<void> {
  await import(/* @vite-ignore */ pathToFileURL(file).href);
}
