import type { RaftNode, SessionStamp } from '@streambus/raft-node';
import { type KeyValueMachine, outputFromBytes, writeToBytes } from './key-value-machine.ts';
import type { Output, Write } from './operation.ts';

/** What a node does for clients. */
export interface KeyValueService {
  /** @returns the number of a new session */
  open(signal: AbortSignal): Promise<number>;
  /** What the key holds, whoever wrote it through whichever node before. */
  read(key: string, signal: AbortSignal): Promise<Output>;
  /** Applies the write: once, if it comes again with the same stamp, however often and wherever it comes. */
  write(write: Write, session: SessionStamp | undefined, signal: AbortSignal): Promise<Output>;
}

export function createKeyValueService(node: RaftNode, machine: KeyValueMachine): KeyValueService {
  return {
    async open(signal) {
      const { id } = await node.openSession({ signal });
      return id;
    },
    async read(key, signal) {
      await node.readBarrier({ signal });
      return { before: machine.get(key) };
    },
    async write(write, session, signal) {
      const options = session === undefined ? { signal } : { signal, session };
      return outputFromBytes(await node.propose(writeToBytes(write), options));
    },
  };
}
