import { type Disk, DiskError } from '@streambus/runtime';

/** A disk as one process has it: once that is dead, nothing that it still had in mind reaches the disk. */
export interface MortalDisk extends Disk {
  kill(): void;
}

/** Gives one process its own sight of a disk that outlives it. */
export function mortalDisk(disk: Disk): MortalDisk {
  let dead = false;
  const guarded = {
    kill() {
      dead = true;
    },
  };
  return new Proxy(disk, {
    get(target, name) {
      if (name in guarded) return Reflect.get(guarded, name);
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...parameters: unknown[]) =>
        dead ? Promise.reject(new DiskError('DISK_IO', 'the process is dead')) : method.apply(target, parameters);
    },
  }) as MortalDisk;
}
