import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { SocketAddress } from '@streambus/runtime';

/** A TCP connection's end in a process, as Linux tells of it. */
export interface SystemSocket {
  /** Another connection has another one. */
  readonly inode: number;
  /** As /proc/net/tcp has it: two hexadecimal digits. */
  readonly state: string;
  readonly local: string;
  readonly remote: string;
  /** Bytes that the other end's system has not acknowledged. */
  readonly unacknowledgedBytes: number;
}

const states = { established: '01', synSent: '02', listening: '0A' } as const;

/** The established connections of a process. */
export function establishedSockets(pid: number): readonly SystemSocket[] {
  return socketsOf(pid).filter(({ state }) => state === states.established);
}

/** Those of a process that has dialled, and has no answer yet. */
export function diallingSockets(pid: number): readonly SystemSocket[] {
  return socketsOf(pid).filter(({ state }) => state === states.synSent);
}

/** Those that a process has accepted at its address and not closed, whatever became of the other end. */
export function acceptedSockets(pid: number, { host, port }: SocketAddress): readonly SystemSocket[] {
  return socketsOf(pid).filter(({ state, local }) => state !== states.listening && local === `${host}:${port}`);
}

/** How many connections the processes have among each other: each of them is seen from both of its ends. */
export function connectionsAmong(pids: readonly number[]): number {
  const sockets = pids.flatMap(establishedSockets);
  const ends = new Set(sockets.map(({ local, remote }) => `${local} ${remote}`));
  const paired = sockets.filter(({ local, remote }) => ends.has(`${remote} ${local}`));
  return paired.length / 2;
}

function socketsOf(pid: number): readonly SystemSocket[] {
  const own = new Set(inodesOf(pid));
  return readFileSync(`/proc/${pid}/net/tcp`, 'latin1')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => own.has(Number(fields[9])))
    .map(([, local = '', remote = '', state = '', queues = '', , , , , inode]) => ({
      inode: Number(inode),
      state,
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
