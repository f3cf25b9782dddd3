import { crc32c } from '@node-rs/crc32';
import { type Disk, readWholeFile, replaceFile } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';

/**
 * With which storage each peer took part when this node first heard it. A peer that comes with another one has lost what it had promised: its
 * votes, and entries that were committed because it had them.
 */
export interface KnownPeers {
  storageIdOf(peer: number): string | undefined;
  /** Resolves when it will be known after a restart too. */
  remember(peer: number, storageId: string): Promise<void>;
  /** Of a peer that is no member any more: should it come back, it begins anew. */
  forget(peer: number): Promise<void>;
}

/** Knows them for as long as the process lives. */
export function createKnownPeersInMemory(): KnownPeers {
  const known = new Map<number, string>();
  return {
    storageIdOf: (peer) => known.get(peer),
    async remember(peer, storageId) {
      known.set(peer, storageId);
    },
    async forget(peer) {
      known.delete(peer);
    },
  };
}

/*
 * Two lines of text, as the identity's: an object from peer to storage as JSON, and the CRC32C of that line in hexadecimal.
 */

/**
 * Reads the file, which need not be there.
 *
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED`
 */
export async function openKnownPeers(disk: Disk, path: string): Promise<KnownPeers> {
  return new KnownPeersFile(disk, path, await readKnown(disk, path));
}

class KnownPeersFile implements KnownPeers {
  readonly #disk: Disk;
  readonly #path: string;
  /** Those that are written down. */
  #known: Map<number, string>;
  #writing: Promise<void> = Promise.resolve();

  constructor(disk: Disk, path: string, known: Map<number, string>) {
    this.#disk = disk;
    this.#path = path;
    this.#known = known;
  }

  storageIdOf(peer: number): string | undefined {
    return this.#known.get(peer);
  }

  remember(peer: number, storageId: string): Promise<void> {
    return this.#write((known) => known.set(peer, storageId));
  }

  forget(peer: number): Promise<void> {
    this.#known.delete(peer);
    return this.#write((known) => known.delete(peer));
  }

  /** One after the other; each changes what those before it have left. */
  #write(change: (known: Map<number, string>) => void): Promise<void> {
    const written = this.#writing.then(async () => {
      const known = new Map(this.#known);
      change(known);
      const line = JSON.stringify(Object.fromEntries([...known].sort(([one], [other]) => one - other)));
      await replaceFile(this.#disk, this.#path, new TextEncoder().encode(`${line}\n${checksum(line)}\n`));
      this.#known = known;
    });
    this.#writing = written.catch(() => {});
    return written;
  }
}

async function readKnown(disk: Disk, path: string): Promise<Map<number, string>> {
  if ((await disk.stat(path)) === undefined) return new Map();
  const [line = '', sum] = new TextDecoder().decode(await readWholeFile(disk, path)).split('\n');
  if (checksum(line) !== sum) {
    const message = `${path}: its checksum does not fit its content, from byte 0`;
    throw new RaftNodeError('RAFT_NODE_STORAGE_DAMAGED', message, { file: path, position: 0 });
  }
  const known = JSON.parse(line) as Record<string, string>;
  return new Map(Object.entries(known).map(([peer, storageId]) => [Number(peer), storageId]));
}

function checksum(line: string): string {
  return crc32c(line).toString(16).padStart(8, '0');
}
