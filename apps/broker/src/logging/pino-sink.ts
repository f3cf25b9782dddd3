import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type { LogLine, LogSink } from './late-logger.ts';

export interface PinoSinkOptions {
  readonly format: 'json' | 'pretty';
  /** Whether pretty lines are coloured. */
  readonly colour: boolean;
  /** The file descriptor that lines go to: 2 is stderr. */
  readonly descriptor: number;
  /** Bytes of lines that may wait for a reader that has stopped; more are dropped. Default 4 MiB. */
  readonly maxWaitingBytes?: number;
}

/** Where lines become text. */
export interface PinoSink {
  readonly write: LogSink;
  /** Resolves when everything said so far is written, or can never be. */
  settle(): Promise<void>;
  /** Writes what waits, at once and without a turn of the event loop: for a process that ends by an accident. */
  flush(): void;
}

/**
 * Opens pino on a file descriptor. A reader that stops reading never stops the broker: lines wait, up to a bound, then are
 * dropped.
 */
export async function openPinoSink(options: PinoSinkOptions): Promise<PinoSink> {
  const { maxWaitingBytes = 4 * 1024 * 1024 } = options;
  const destination = pino.destination({
    dest: options.descriptor,
    sync: false,
    // Each line leaves at once; with 0 the library would call a flush done before it is.
    minLength: 1,
    maxLength: maxWaitingBytes,
  });
  // The terminal or pipe is gone; there is no other place to complain at.
  destination.on('error', () => {});
  const stream = options.format === 'json' ? destination : await prettyStream(destination, options.colour);
  const line: { timeMs: number } = { timeMs: 0 };
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: () => `,"time":${line.timeMs}`,
      formatters: { level: (level) => ({ level }) },
    },
    stream,
  );
  return {
    write: (said) => writeLine(logger, line, said),
    settle: () => settle(destination),
    flush: () => flushQuietly(destination),
  };
}

/** The time is that of the saying; pino would ask for it when it writes. */
function writeLine(logger: PinoLogger, stamp: { timeMs: number }, line: LogLine): void {
  stamp.timeMs = line.timeMs;
  logger[line.level](line.fields, line.message);
}

function settle(destination: { flush(callback: () => void): void }): Promise<void> {
  return new Promise((resolve) => {
    try {
      destination.flush(() => resolve());
    } catch {
      // It is gone, and the lines with it.
      resolve();
    }
  });
}

function flushQuietly(destination: { flushSync(): void }): void {
  try {
    destination.flushSync();
  } catch {
    // Not open yet, or gone: the lines have nowhere to go.
  }
}

async function prettyStream(destination: DestinationStream, colour: boolean): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({ colorize: colour, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
  return { write: (line) => destination.write(format(line)) };
}
