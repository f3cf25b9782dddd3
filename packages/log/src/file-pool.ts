import type { Disk, DiskFile } from '@streambus/runtime';

/** The use of an open file; it stays open until released. */
export interface FileLease {
  readonly file: DiskFile;
  /** Once. */
  release(): void;
}

interface PooledFile {
  readonly key: string;
  readonly opening: Promise<DiskFile>;
  users: number;
  closed: Promise<void> | undefined;
  /** Not to be handed out again: closed as soon as nobody uses it. */
  forgotten: boolean;
  whenClosed: (() => void)[];
}

/**
 * Open files, shared by all who read or write them and closed when they have not been used for longest.
 *
 * `maxOpenFiles` bounds what is kept open idle; files in use at one moment may exceed it.
 */
export class FilePool {
  readonly #disk: Disk;
  readonly #maxOpenFiles: number;
  /** Least recently used first. */
  readonly #files = new Map<string, PooledFile>();

  constructor(disk: Disk, maxOpenFiles: number) {
    this.#disk = disk;
    this.#maxOpenFiles = maxOpenFiles;
  }

  get openFiles(): number {
    return this.#files.size;
  }

  /** @param mode - `read` never creates; it takes a file that is open for writing where there is one */
  async acquire(path: string, mode: 'read' | 'write'): Promise<FileLease> {
    const pooled =
      this.#use(`write ${path}`) ?? this.#use(`${mode} ${path}`) ?? this.#open(`${mode} ${path}`, path, mode);
    try {
      return this.#lease(pooled, await pooled.opening);
    } catch (error) {
      pooled.users--;
      if (this.#files.get(pooled.key) === pooled) this.#files.delete(pooled.key);
      if (pooled.users === 0 && pooled.forgotten) this.#close(pooled);
      throw error;
    }
  }

  /** Closes the file once nobody uses it; whoever asks for it later opens it anew. Resolves when it is closed. */
  async forget(path: string): Promise<void> {
    await Promise.all([this.#forget(`read ${path}`), this.#forget(`write ${path}`)]);
  }

  #use(key: string): PooledFile | undefined {
    const pooled = this.#files.get(key);
    if (pooled === undefined) return undefined;
    this.#files.delete(key);
    this.#files.set(key, pooled);
    pooled.users++;
    return pooled;
  }

  #open(key: string, path: string, mode: 'read' | 'write'): PooledFile {
    const opening = this.#disk.open(path, mode);
    const pooled = { key, opening, users: 1, closed: undefined, forgotten: false, whenClosed: [] };
    this.#files.set(key, pooled);
    this.#closeIdle();
    return pooled;
  }

  #lease(pooled: PooledFile, file: DiskFile): FileLease {
    let released = false;
    return {
      file,
      release: () => {
        if (released) return;
        released = true;
        pooled.users--;
        if (pooled.users > 0) return;
        if (pooled.forgotten) this.#close(pooled);
        else this.#closeIdle();
      },
    };
  }

  #closeIdle(): void {
    if (this.#files.size <= this.#maxOpenFiles) return;
    for (const pooled of this.#files.values()) {
      if (this.#files.size <= this.#maxOpenFiles) return;
      if (pooled.users > 0) continue;
      this.#files.delete(pooled.key);
      this.#close(pooled);
    }
  }

  async #forget(key: string): Promise<void> {
    const pooled = this.#files.get(key);
    if (pooled === undefined) return;
    this.#files.delete(key);
    pooled.forgotten = true;
    if (pooled.users === 0) this.#close(pooled);
    const { promise, resolve } = Promise.withResolvers<void>();
    if (pooled.closed === undefined) {
      pooled.whenClosed.push(resolve);
      await promise;
    }
    await pooled.closed;
  }

  #close(pooled: PooledFile): void {
    // Closing has nothing left to say: what had to be durable was synced before.
    const ignore = (): void => {};
    pooled.closed = pooled.opening.then((file) => file.close()).catch(ignore);
    for (const closed of pooled.whenClosed) closed();
  }
}
