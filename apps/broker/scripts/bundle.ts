import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, rolldown } from 'rolldown';

/**
 * Makes the few files that the `streambus` binary runs. Half of a start is finding and reading hundreds of small modules:
 * from one file per command a broker is ready in half the time.
 *
 * The library entry stays as the compiler wrote it.
 */
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const bundleFolder = join(packageFolder, 'dist', 'bundle');
const entryName = 'main.js';
/** Files of an earlier bundle that a process may be starting from this very moment are left alone. */
const keepMs = 10 * 60 * 1000;

/** What is loaded after the broker is ready, or brings a native library. It has to be found from here, so it is looked for now. */
const outside = {
  fastify: import.meta.resolve('fastify'),
  'prom-client': import.meta.resolve('prom-client'),
  pino: import.meta.resolve('pino'),
  'pino-pretty': import.meta.resolve('pino-pretty'),
  '@node-rs/crc32': import.meta.resolve('@node-rs/crc32'),
  'lz4-napi': import.meta.resolve('lz4-napi'),
  snappy: import.meta.resolve('snappy'),
};

const requireFromClient = createRequire(
  createRequire(join(packageFolder, 'package.json')).resolve('@platformatic/kafka'),
);

const bundle = await rolldown({
  input: { main: join(packageFolder, 'src/cli/main.ts') },
  platform: 'node',
  external: Object.keys(outside),
  resolve: {
    conditionNames: ['@streambus/source', 'node', 'import', 'default'],
    // The same code with its WebAssembly inside; the other one reads a file beside itself.
    alias: { '@platformatic/wasm-utils': requireFromClient.resolve('@platformatic/wasm-utils/bundled') },
  },
});
// Not minified: the compile cache makes up for it, and a stack trace says where.
const { output } = await bundle.generate({ format: 'esm', chunkFileNames: '[name]-[hash].js' });
const chunks = output.filter((each) => each.type === 'chunk');

mkdirSync(bundleFolder, { recursive: true });
const [entry, ...parts] = [...chunks].sort((a, b) => Number(b.isEntry) - Number(a.isEntry));
if (entry === undefined) throw new Error('the bundle has no entry');
// The entry last and in one step: whoever starts meanwhile runs the old one or the new one.
for (const chunk of parts) writeFileSync(join(bundleFolder, chunk.fileName), chunk.code);
writeFileSync(join(bundleFolder, 'THIRD-PARTY-NOTICES.txt'), collectNotices(chunks));
const temporary = join(bundleFolder, `${entryName}.${process.pid}.tmp`);
writeFileSync(temporary, entry.code);
renameSync(temporary, join(bundleFolder, entryName));
removeLeftovers(new Set(['THIRD-PARTY-NOTICES.txt', ...chunks.map((chunk) => chunk.fileName)]));

function removeLeftovers(current: ReadonlySet<string>): void {
  for (const name of readdirSync(bundleFolder)) {
    const path = join(bundleFolder, name);
    if (!current.has(name) && Date.now() - statSync(path).mtimeMs > keepMs) rmSync(path);
  }
}

/** The licences of what other people wrote and is in the bundle. */
function collectNotices(from: readonly OutputChunk[]): string {
  const folders = new Set<string>();
  for (const id of from.flatMap((chunk) => Object.keys(chunk.modules))) {
    const inside = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
    if (inside !== undefined) folders.add(inside);
  }
  return [...folders].map(noticeOf).sort().join('\n');
}

function noticeOf(folder: string): string {
  const manifest: { readonly name: string; readonly version: string; readonly license?: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text =
    file === undefined ? `Licence: ${manifest.license ?? 'unknown'}` : readFileSync(join(folder, file), 'utf8');
  return `${manifest.name} ${manifest.version}\n${'='.repeat(60)}\n${text.trim()}\n`;
}
