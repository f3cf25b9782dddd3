import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { DiskError, type DiskLock } from '../disk.ts';
import { toError } from '../errors.ts';
import { diskErrorCode, systemCode } from './node-errors.ts';

/** Locks that this very process holds, by path: its own pid must not look like a dead holder's. */
const held = new Set<string>();

/**
 * Takes a lock file that names its holder by process id and start time, so that a lock whose process died (kill -9, power)
 * is taken over, and a process id used again is not taken for the holder.
 *
 * The file is made complete under another name and linked into place: nobody ever reads half of one.
 */
export async function lockNodeFile(path: string): Promise<DiskLock> {
  const canonical = await canonicalPath(path);
  if (held.has(canonical)) {
    throw new DiskError('DISK_LOCKED', `${path} is locked by this process (${process.pid})`);
  }
  held.add(canonical);
  try {
    await take(path);
  } catch (thrown) {
    held.delete(canonical);
    if (thrown instanceof DiskError) throw thrown;
    const cause = toError(thrown);
    throw new DiskError(diskErrorCode(cause), `lock ${path}: ${cause.message}`, { cause });
  }
  let released: Promise<void> | undefined;
  return {
    release() {
      // Until the file is gone nobody gets in, and a second call must not free the lock of whoever got in since.
      released ??= fs.rm(path, { force: true }).finally(() => held.delete(canonical));
      return released;
    },
  };
}

async function canonicalPath(path: string): Promise<string> {
  const end = path.lastIndexOf('/');
  const folder = end < 0 ? '.' : path.slice(0, end) || '/';
  try {
    return `${await fs.realpath(folder)}/${path.slice(end + 1)}`;
  } catch (thrown) {
    const cause = toError(thrown);
    throw new DiskError(diskErrorCode(cause), `lock ${path}: ${cause.message}`, { cause });
  }
}

async function take(path: string): Promise<void> {
  const unique = Buffer.from(randomFillSync(new Uint8Array(8))).toString('hex');
  const own = `${path}.${process.pid}.${unique}`;
  try {
    await fs.writeFile(own, `${process.pid} ${await startTime(process.pid)}\n`);
    for (;;) {
      if (await linked(own, path)) return;
      const holder = await livingHolder(path);
      if (holder !== undefined) {
        throw new DiskError(
          'DISK_LOCKED',
          `${path} is locked by the living process ${holder}; stop it, or use another folder`,
        );
      }
      await setAside(path, `${own}.dead`);
    }
  } finally {
    await fs.rm(own, { force: true });
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await fs.link(own, path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/** Moves a dead holder's lock away; if it was a living one after all (somebody was faster), puts it back. */
async function setAside(path: string, aside: string): Promise<void> {
  try {
    await fs.rename(path, aside);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return;
    throw thrown;
  }
  if ((await livingHolder(aside)) !== undefined) await linked(aside, path);
  await fs.rm(aside, { force: true });
}

async function livingHolder(path: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await fs.readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  const [pidText = '', startedText = ''] = text.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
  const started = await startTime(pid);
  if (started === 'dead') return undefined;
  return started === 'unknown' || startedText === 'unknown' || started === startedText ? pid : undefined;
}

/** When a process started, in the system's own unit; `unknown` where the system does not tell. */
async function startTime(pid: number): Promise<string> {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if (systemCode(thrown) === 'ESRCH') return 'dead';
  }
  try {
    const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces; the start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    return state === 'Z' || state === 'X' ? 'dead' : (fields[19] ?? 'unknown');
  } catch {
    return 'unknown';
  }
}
