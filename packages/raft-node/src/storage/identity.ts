import { crc32c } from '@node-rs/crc32';
import { type Disk, readWholeFile, replaceFile } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';

/** Whose folder this is. */
export interface Identity {
  readonly clusterId: string;
  readonly nodeId: number;
  /** The voters that the cluster began with, on those voters; empty on a node that joined later. */
  readonly firstVoters: readonly number[];
  /** Random for each folder that was begun: tells one that was wiped and begun again from what it was before. */
  readonly storageId: string;
}

/*
 * Two lines of text, for people too: the identity as JSON, and the CRC32C of that line in hexadecimal.
 */
const formatVersion = 1;

/** Writes the file, durably. */
export async function writeIdentity(disk: Disk, path: string, identity: Identity): Promise<void> {
  const line = JSON.stringify({ format: formatVersion, ...identity });
  await replaceFile(disk, path, new TextEncoder().encode(`${line}\n${checksum(line)}\n`));
}

/**
 * Reads the file; undefined when it is not there.
 *
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED`; `RAFT_NODE_IDENTITY_MISMATCH` for a format that this version cannot read
 */
export async function readIdentity(disk: Disk, path: string): Promise<Identity | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const [line = '', sum] = new TextDecoder().decode(await readWholeFile(disk, path)).split('\n');
  if (checksum(line) !== sum) {
    throw new RaftNodeError(
      'RAFT_NODE_STORAGE_DAMAGED',
      `${path}: its checksum does not fit its content, from byte 0`,
      {
        file: path,
        position: 0,
      },
    );
  }
  const { format, clusterId, nodeId, firstVoters, storageId } = JSON.parse(line) as Identity & {
    readonly format: number;
  };
  if (format !== formatVersion) {
    const why = `has format ${format}; this version reads ${formatVersion}`;
    throw new RaftNodeError('RAFT_NODE_IDENTITY_MISMATCH', `${path} ${why}`, { file: path });
  }
  return { clusterId, nodeId, firstVoters, storageId };
}

/** @throws RaftNodeError `RAFT_NODE_IDENTITY_MISMATCH` unless the folder is this node's */
export function assertSameIdentity(path: string, found: Identity, clusterId: string, nodeId: number): void {
  const wrong: string[] = [];
  if (found.clusterId !== clusterId) wrong.push(`cluster "${found.clusterId}", not "${clusterId}"`);
  if (found.nodeId !== nodeId) wrong.push(`node ${found.nodeId}, not ${nodeId}`);
  if (wrong.length === 0) return;
  throw new RaftNodeError('RAFT_NODE_IDENTITY_MISMATCH', `${path} belongs to ${wrong.join(' and ')}`, { file: path });
}

function checksum(line: string): string {
  return crc32c(line).toString(16).padStart(8, '0');
}
