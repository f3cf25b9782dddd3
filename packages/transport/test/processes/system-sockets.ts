import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP connection's end in a process, as Linux tells of it. */
export interface SystemSocket {
  /** Another connection has another one. */
  readonly inode: number;
  readonly local: string;
  readonly remote: string;
  /** Bytes that the other end's system has not acknowledged. */
  readonly unacknowledgedBytes: number;
}

const states = { established: '01', synSent: '02' } as const;

/** The established connections of a process. */
export function establishedSockets(pid: number): readonly SystemSocket[] {
  return socketsIn(states.established, pid);
}

/** Those of a process that has dialled, and has no answer yet. */
export function diallingSockets(pid: number): readonly SystemSocket[] {
  return socketsIn(states.synSent, pid);
}

/** How many connections the processes have among each other: each of them is seen from both of its ends. */
export function connectionsAmong(pids: readonly number[]): number {
  const sockets = pids.flatMap(establishedSockets);
  const ends = new Set(sockets.map(({ local, remote }) => `${local} ${remote}`));
  const paired = sockets.filter(({ local, remote }) => ends.has(`${remote} ${local}`));
  return paired.length / 2;
}

/** How many sockets of any kind and state a process holds. */
export function socketCount(pid: number): number {
  return inodesOf(pid).length;
}

function socketsIn(state: string, pid: number): readonly SystemSocket[] {
  const own = new Set(inodesOf(pid));
  return readFileSync(`/proc/${pid}/net/tcp`, 'latin1')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state && own.has(Number(fields[9])))
    .map(([, local = '', remote = '', , queues = '', , , , , inode]) => ({
      inode: Number(inode),
      local: readAddress(local),
      remote: readAddress(remote),
      unacknowledgedBytes: Number.parseInt(queues, 16),
    }))
    .sort((one, other) => one.inode - other.inode);
}

function inodesOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
      return inode === undefined ? [] : [Number(inode)];
    } catch {
      // Closed since the list was read.
      return [];
    }
  });
}

/** `0100007F:1F90` is 127.0.0.1:8080: the bytes of the address as they lie in memory on this machine. */
function readAddress(text: string): string {
  const [host = '', port = ''] = text.split(':');
  const bytes = host.match(/../g)?.reverse() ?? [];
  return `${bytes.map((byte) => Number.parseInt(byte, 16)).join('.')}:${Number.parseInt(port, 16)}`;
}
