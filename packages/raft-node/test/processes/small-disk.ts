import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, in memory (tmpfs), which is full when it has so many bytes. */
export class SmallDisk implements Disposable {
  readonly #folder: string;

  /** @param folder - where it is mounted; made */
  constructor(folder: string, sizeBytes: number) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder);
  }

  resize(sizeBytes: number): void {
    run('mount', '-o', `remount,size=${sizeBytes}`, this.#folder);
  }

  /** Whoever has a file of it open keeps that. */
  [Symbol.dispose](): void {
    run('umount', '-l', this.#folder);
  }
}

/** Why there can be no small disks here; undefined where there can be. */
export const noSmallDisks: string | undefined = whyNot();

function run(...command: readonly [string, ...string[]]): void {
  const [program, ...parameters] = command;
  const { status, stderr } = spawnSync(program, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root to mount a file system';
  const folder = mkdtempSync(join(tmpdir(), 'raft-node-mount-'));
  try {
    new SmallDisk(folder, 64 * 1024)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `this machine mounts no file systems (${error})`;
  } finally {
    rmdirSync(folder);
  }
}
