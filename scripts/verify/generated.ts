import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type CommandResult, manifestOf, pnpm, root, workspaceFolders } from './command.ts';

/**
 * Generates again what is generated, and compares. Afterwards every file is as it was: this check only reads, even where
 * the generator knows no other place to write to.
 */
export async function checkGenerated(): Promise<CommandResult> {
  const complaints: string[] = [];
  for (const folder of workspaceFolders().filter((one) => manifestOf(one).scripts?.['generate'] !== undefined)) {
    const before = snapshot(folder);
    const { ok, output } = await pnpm(['run', 'generate'], folder);
    const after = snapshot(folder);
    restore(before, after);
    if (!ok) complaints.push(output);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter((file) => !same(before, after, file));
    complaints.push(...changed.map((file) => `${relative(root, file)} is not what its generator makes; run pnpm fix`));
  }
  return { ok: complaints.length === 0, output: complaints.join('\n') };
}

type Snapshot = ReadonlyMap<string, Buffer>;

function snapshot(folder: string): Snapshot {
  const files = new Map<string, Buffer>();
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) visit(child);
      else if (entry.isFile()) files.set(child, readFileSync(child));
    }
  };
  const source = join(folder, 'src');
  if (existsSync(source)) visit(source);
  return files;
}

function restore(before: Snapshot, after: Snapshot): void {
  for (const [file, content] of before) if (!same(before, after, file)) writeFileSync(file, content);
  for (const file of after.keys()) if (!before.has(file)) rmSync(file);
}

function same(before: Snapshot, after: Snapshot, file: string): boolean {
  const [old, now] = [before.get(file), after.get(file)];
  return old !== undefined && now !== undefined && old.equals(now);
}
