import { type Disk, DiskError } from '@streambus/runtime';

/** A disk as one process sees it, until that process dies. */
export interface MortalDisk extends Disk {
  /** The process is gone: nothing that it still had in mind reaches the disk. */
  kill(): void;
}

/** Stands between a process and a disk that outlives it. Files opened before are refused by the disk itself when it crashes. */
export function createMortalDisk(disk: Disk): MortalDisk {
  let dead = false;
  const alive = async <T>(act: () => Promise<T>): Promise<T> => {
    if (dead) throw new DiskError('DISK_IO', 'the process is dead', { outcome: 'unknown' });
    return act();
  };
  return {
    open: (path, mode) => alive(() => disk.open(path, mode)),
    list: (path) => alive(() => disk.list(path)),
    stat: (path) => alive(() => disk.stat(path)),
    makeDirectory: (path) => alive(() => disk.makeDirectory(path)),
    rename: (from, to) => alive(() => disk.rename(from, to)),
    remove: (path) => alive(() => disk.remove(path)),
    syncDirectory: (path) => alive(() => disk.syncDirectory(path)),
    lock: (path) => alive(() => disk.lock(path)),
    freeBytes: (path) => alive(() => disk.freeBytes(path)),
    kill() {
      dead = true;
    },
  };
}
