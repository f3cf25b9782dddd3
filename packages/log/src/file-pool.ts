import type { Disk, DiskFile, DiskOpenMode } from '@streambus/runtime';

/** The use of an open file; it stays open until released. */
export interface FileLease {
  readonly file: DiskFile;
  /** What it was opened for, which may be more than what it was wanted for. */
  readonly mode: PooledMode;
  /** Once. */
  release(): void;
}

/** What a file may be wanted for. */
type PooledMode = Exclude<DiskOpenMode, 'create'>;

const modes: readonly PooledMode[] = ['durable', 'write', 'read'];

interface PooledFile {
  readonly key: string;
  readonly mode: PooledMode;
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
  async acquire(path: string, mode: PooledMode): Promise<FileLease> {
    const pooled = this.#useOpen(path, mode) ?? this.#open(path, mode);
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
    await Promise.all(modes.map((mode) => this.#forget(`${mode} ${path}`)));
  }

  #useOpen(path: string, mode: PooledMode): PooledFile | undefined {
    if (mode !== 'read') return this.#use(`${mode} ${path}`);
    for (const one of modes) {
      const pooled = this.#use(`${one} ${path}`);
      if (pooled !== undefined) return pooled;
    }
    return undefined;
  }

  #use(key: string): PooledFile | undefined {
    const pooled = this.#files.get(key);
    if (pooled === undefined) return undefined;
    this.#files.delete(key);
    this.#files.set(key, pooled);
    pooled.users++;
    return pooled;
  }

  #open(path: string, mode: PooledMode): PooledFile {
    const key = `${mode} ${path}`;
    const opening = this.#disk.open(path, mode);
    const pooled = { key, mode, opening, users: 1, closed: undefined, forgotten: false, whenClosed: [] };
    this.#files.set(key, pooled);
    this.#closeIdle();
    return pooled;
  }

  #lease(pooled: PooledFile, file: DiskFile): FileLease {
    let released = false;
    return {
      file,
      mode: pooled.mode,
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
