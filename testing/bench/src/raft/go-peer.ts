import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterRow, CodecRow } from './measure.ts';

/** What the driver of go.etcd.io/raft prints. */
export interface GoFigures {
  readonly runtime: string;
  readonly rows: readonly ClusterRow[];
  readonly codecs: readonly CodecRow[];
}

const source = fileURLToPath(new URL('../../peers/go-raft', import.meta.url));

/** Builds the driver in a folder that is removed afterwards, and runs it; a string says why there are no figures. */
export function measureGo(milliseconds: number): GoFigures | string {
  if (spawnSync('go', ['version']).status !== 0) return 'Go is not on this machine: go.etcd.io/raft was not measured';
  const folder = mkdtempSync(join(tmpdir(), 'go-raft-'));
  try {
    cpSync(source, folder, { recursive: true });
    const built = spawnSync('go', ['build', '-o', 'go-raft', '.'], { cwd: folder, encoding: 'utf8' });
    if (built.status !== 0) return `go.etcd.io/raft was not measured, its driver did not build: ${built.stderr}`;
    return JSON.parse(execFileSync(join(folder, 'go-raft'), [String(milliseconds)], { encoding: 'utf8' })) as GoFigures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
