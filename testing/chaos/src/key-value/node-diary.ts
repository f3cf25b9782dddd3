import { appendFileSync } from 'node:fs';
import type { RaftNode } from '@streambus/raft-node';
import type { LogFields, Logger } from '@streambus/runtime';
import { machineMs } from '../processes/machine-time.ts';

/** What happened to a node, for whoever looks for the cause of a violation, and for figures. It survives the process. */
export interface DiaryEntry {
  readonly atMs: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Writes what is rare: it waits for each line. */
export class NodeDiary {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  note(type: string, fields: object = {}): void {
    const entry: DiaryEntry = { atMs: machineMs(), type, ...fields };
    appendFileSync(this.#path, `${JSON.stringify(entry, describeErrors)}\n`);
  }

  /** Notes what a node tells; a node that has failed ends its process. */
  follow(node: RaftNode): void {
    node.subscribe((event) => {
      if (event.type === 'snapshotTransfer' && event.phase === 'started') return;
      this.note(event.type, event);
      if (event.type === 'failed') process.exit(70);
    });
  }

  logger(always: LogFields = {}): Logger {
    const at = (level: string) => (fields: LogFields, message: string) => {
      this.note('log', { level, message, ...always, ...fields });
    };
    return {
      debug: () => {},
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => this.logger({ ...always, ...fields }),
    };
  }
}

function describeErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
