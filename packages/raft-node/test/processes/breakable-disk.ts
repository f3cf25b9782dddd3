import { type Disk, DiskError, type DiskFile } from '@streambus/runtime';

/** This machine's disk, until it breaks. */
export interface BreakableDisk extends Disk {
  /** From now on every write and every sync fails as on a device that has errors (EIO). */
  break(): void;
}

export function createBreakableDisk(disk: Disk): BreakableDisk {
  let isBroken = false;
  const refuseIfBroken = (doing: string, { path }: DiskFile): void => {
    if (isBroken) throw new DiskError('DISK_IO', `${doing} ${path}: EIO: i/o error`, { outcome: 'unknown' });
  };
  return {
    ...disk,
    async open(path, mode) {
      const file = await disk.open(path, mode);
      const write = file.write.bind(file);
      const sync = file.sync.bind(file);
      file.write = async (chunks, position) => {
        refuseIfBroken('write', file);
        await write(chunks, position);
      };
      file.sync = async () => {
        refuseIfBroken('sync', file);
        await sync();
      };
      return file;
    },
    break() {
      isBroken = true;
    },
  };
}
