import type { Timer } from '@streambus/runtime';
import type { CliContext } from '../context.ts';

/** Shows how far long work is, on a terminal. */
export interface Progress {
  add(records: number, bytes: number): void;
  /** Takes the line away. */
  end(): void;
  /** What was added so far. */
  readonly total: { readonly records: number; readonly bytes: number; readonly elapsedMs: number };
}

const refreshMs = 200;

/** @param verb - what is done to records: `sent` */
export function createProgress(
  context: Pick<CliContext, 'clock' | 'stderr'>,
  verb: string,
  isShown: boolean,
): Progress {
  const { clock, stderr } = context;
  const startedMs = clock.monotonicMs();
  const total = { records: 0, bytes: 0, elapsedMs: 0 };
  let timer: Timer | undefined;
  const show = (): void => {
    total.elapsedMs = clock.monotonicMs() - startedMs;
    stderr.write(`\r\u001b[K${formatProgress(verb, total)}`);
    timer = clock.setTimer(refreshMs, show);
  };
  // Work that is done at once needs no display.
  if (isShown && stderr.isTTY === true) timer = clock.setTimer(refreshMs * 3, show);
  return {
    total,
    add(records, bytes) {
      total.records += records;
      total.bytes += bytes;
    },
    end() {
      total.elapsedMs = clock.monotonicMs() - startedMs;
      timer?.cancel();
      if (timer !== undefined) stderr.write('\r\u001b[K');
      timer = undefined;
    },
  };
}

/** `sent 12,000 records, 3.4 MiB, 5,000 records/s`. */
export function formatProgress(verb: string, total: Progress['total']): string {
  const perSecond = total.elapsedMs > 0 ? Math.round((total.records * 1000) / total.elapsedMs) : total.records;
  const mebibytes = (total.bytes / 1024 / 1024).toFixed(1);
  return `${verb} ${group(total.records)} records, ${mebibytes} MiB, ${group(perSecond)} records/s`;
}

function group(value: number): string {
  return value.toLocaleString('en-US');
}
