/** The log of a broker, looked through as it is written. */
export interface BrokerLog {
  /** Lines so far, by level. */
  readonly lines: Readonly<Record<'warn' | 'error' | 'other', number>>;
  /** The first lines of level error. */
  readonly errors: readonly string[];
  take(text: string): void;
}

const keptErrors = 20;
/** What Node writes when the fuzzer looks into its memory. */
const inspectorLine = /^(Debugger|For help, see: https:\/\/nodejs\.org)/;

/** Takes pino's JSON lines in pieces. */
export function createBrokerLog(): BrokerLog {
  const lines = { warn: 0, error: 0, other: 0 };
  const errors: string[] = [];
  let rest = '';
  const look = (line: string): void => {
    const level = /^\{"level":"(\w+)"/.exec(line)?.[1];
    if (level === 'warn') lines.warn++;
    else if (level === 'info' || level === 'debug' || inspectorLine.test(line)) lines.other++;
    else {
      // A line that is none of pino's is what Node writes when a process dies.
      lines.error++;
      if (errors.length < keptErrors) errors.push(line.slice(0, 2000));
    }
  };
  return {
    lines,
    errors,
    take(text) {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) look(line);
    },
  };
}
