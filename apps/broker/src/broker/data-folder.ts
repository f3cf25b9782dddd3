import {
  type Disk,
  DiskError,
  makeDurableDirectory,
  type Random,
  readWholeFile,
  replaceFile,
} from '@streambus/runtime';
import type { IncarnationRecord } from '../cluster/broker-session.ts';
import { BrokerError } from './errors.ts';

/** Who a data folder belongs to. */
export interface FolderIdentity {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Whether the cluster has been formed: from then on, a folder without its metadata has lost it. */
  readonly formed: boolean;
  /**
   * As which incarnations of its broker it may have been registered, the newest last; at most {@link keptIncarnations}. Undefined for a folder
   * that was written before they were kept.
   */
  readonly incarnations: readonly string[] | undefined;
}

/** The one that is registered and the next are enough, unless processes end before they are registered. */
const keptIncarnations = 16;

/** A broker's data folder, locked against others. */
export interface DataFolder extends IncarnationRecord {
  readonly path: string;
  readonly identity: FolderIdentity;
  /** Where the metadata's Raft log is. */
  readonly raftFolder: string;
  /** Where the partitions are. */
  readonly topicsFolder: string;
  /** Where files are put that belong to no known topic. */
  readonly orphanFolder: string;
  /** Notes that the cluster has been formed. */
  markFormed(): Promise<void>;
  freeBytes(): Promise<number>;
  /** Lets the next process in. */
  release(): Promise<void>;
}

const identityFile = 'broker.json';
const formatVersion = 1;

/**
 * Locks a data folder and finds out whose it is; a new one becomes this broker's.
 *
 * @throws DiskError `DISK_LOCKED` when another process uses it
 * @throws BrokerError `BROKER_IDENTITY_MISMATCH`, `BROKER_IDENTITY_UNREADABLE`
 */
export async function openDataFolder(
  path: string,
  wanted: { readonly clusterId: string | undefined; readonly nodeId: number },
  { disk, random }: { readonly disk: Disk; readonly random: Random },
): Promise<DataFolder> {
  const topicsFolder = `${path}/topics`;
  await makeDurableDirectory(disk, topicsFolder);
  const lock = await disk.lock(`${path}/lock`);
  try {
    let identity = await identify(disk, path, wanted, random);
    const update = async (fields: Partial<FolderIdentity>): Promise<void> => {
      identity = { ...identity, ...fields };
      await writeIdentity(disk, path, identity);
    };
    return {
      path,
      get identity() {
        return identity;
      },
      get incarnations() {
        return identity.incarnations;
      },
      raftFolder: `${path}/raft`,
      orphanFolder: `${path}/orphans`,
      topicsFolder,
      async markFormed() {
        if (!identity.formed) await update({ formed: true });
      },
      async noteIncarnation(incarnation) {
        await update({ incarnations: [...(identity.incarnations ?? []), incarnation].slice(-keptIncarnations) });
      },
      freeBytes: () => disk.freeBytes(path),
      release: () => lock.release(),
    };
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

async function identify(
  disk: Disk,
  path: string,
  wanted: { readonly clusterId: string | undefined; readonly nodeId: number },
  random: Random,
): Promise<FolderIdentity> {
  const found = await readIdentity(disk, path);
  if (found === undefined) {
    const identity = {
      clusterId: wanted.clusterId ?? randomClusterId(random),
      nodeId: wanted.nodeId,
      formed: false,
      incarnations: [],
    };
    await writeIdentity(disk, path, identity);
    return identity;
  }
  if (found.nodeId !== wanted.nodeId) {
    throw mismatch(path, 'node.id', found.nodeId, wanted.nodeId);
  }
  if (wanted.clusterId !== undefined && found.clusterId !== wanted.clusterId) {
    throw mismatch(path, 'cluster.id', found.clusterId, wanted.clusterId);
  }
  return found;
}

function mismatch(path: string, key: string, found: string | number, wanted: string | number): BrokerError {
  return new BrokerError(
    'BROKER_IDENTITY_MISMATCH',
    `the data folder ${path} belongs to ${key} ${found}, not ${wanted}; start with ${key}=${found}, or with another data.dir`,
  );
}

async function readIdentity(disk: Disk, path: string): Promise<FolderIdentity | undefined> {
  const file = `${path}/${identityFile}`;
  let bytes: Uint8Array;
  try {
    bytes = await readWholeFile(disk, file);
  } catch (thrown) {
    if (thrown instanceof DiskError && thrown.code === 'DISK_NOT_FOUND') return undefined;
    throw thrown;
  }
  const value = parse(new TextDecoder().decode(bytes));
  if (value === undefined) {
    throw new BrokerError(
      'BROKER_IDENTITY_UNREADABLE',
      `${file} is not what a broker of this version writes; restore it, or use another data.dir`,
    );
  }
  return value;
}

function parse(text: string): FolderIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { version, clusterId, nodeId, formed, incarnations } = value as Record<string, unknown>;
    if (version !== formatVersion || typeof clusterId !== 'string' || typeof nodeId !== 'number') return undefined;
    if (typeof formed !== 'boolean' || !(incarnations === undefined || isTexts(incarnations))) return undefined;
    return { clusterId, nodeId, formed, incarnations };
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

async function writeIdentity(disk: Disk, path: string, identity: FolderIdentity): Promise<void> {
  const text = `${JSON.stringify({ version: formatVersion, ...identity })}\n`;
  await replaceFile(disk, `${path}/${identityFile}`, new TextEncoder().encode(text));
}

const idCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** 22 characters, as Kafka's own cluster ids are: 132 random bits. */
function randomClusterId(random: Random): string {
  return Array.from({ length: 22 }, () => idCharacters[random.below(idCharacters.length)]).join('');
}
