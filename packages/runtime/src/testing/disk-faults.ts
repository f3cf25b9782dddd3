import { DiskError, type DiskErrorCode } from '../disk.ts';
import type { DiskOperationKind } from './memory-disk.ts';

/** A failure to come. */
export interface DiskFault {
  readonly operation: DiskOperationKind;
  readonly code: DiskErrorCode;
  /** Only paths that contain this; default any. */
  readonly pathIncludes?: string;
  /** How many matching operations succeed first; default 0. */
  readonly after?: number;
  /** How many matching operations then fail; default 1. */
  readonly times?: number;
}

/** The failures that a memory disk has yet to deliver. */
export interface DiskFaults {
  add(fault: DiskFault): void;
  /** The error that this operation ends with, if it is one of those to fail. */
  take(operation: DiskOperationKind, path: string): DiskError | undefined;
}

export function createDiskFaults(): DiskFaults {
  let waiting: (Required<Omit<DiskFault, 'pathIncludes'>> & { readonly pathIncludes: string })[] = [];
  return {
    add(fault) {
      waiting.push({ pathIncludes: '', after: 0, times: 1, ...fault });
    },
    take(operation, path) {
      const matching = waiting.filter((fault) => fault.operation === operation && path.includes(fault.pathIncludes));
      const due = matching.find((fault) => fault.after === 0);
      waiting = waiting
        .map((fault) => {
          if (fault === due) return { ...fault, times: fault.times - 1 };
          return matching.includes(fault) && fault.after > 0 ? { ...fault, after: fault.after - 1 } : fault;
        })
        .filter((fault) => fault.times > 0);
      return due && injected(due.code, operation, path);
    },
  };
}

const changing: readonly DiskOperationKind[] = ['write', 'sync', 'truncate', 'rename', 'remove', 'syncDirectory'];

function injected(code: DiskErrorCode, operation: DiskOperationKind, path: string): DiskError {
  return new DiskError(code, `${operation} ${path}: an injected fault`, {
    outcome: changing.includes(operation) ? 'unknown' : 'rejected',
    retriable: code === 'DISK_FULL' || code === 'DISK_TOO_MANY_FILES',
  });
}
