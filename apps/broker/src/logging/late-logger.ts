import type { LogFields, Logger } from '@streambus/runtime';
import type { LogLevel } from '../config/broker-config.ts';
import { isWritten, type LineLevel } from './log-level.ts';

/** A line, as it was when it was said. */
export interface LogLine {
  readonly level: LineLevel;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly fields: LogFields;
  readonly message: string;
}

/** Writes lines somewhere. */
export type LogSink = (line: LogLine) => void;

/** A logger whose sink comes later. */
export interface LateLogger {
  readonly logger: Logger;
  /** Passes on what was kept, in order, and everything from now on. */
  attach(sink: LogSink): void;
}

export interface LateLoggerOptions {
  readonly level: LogLevel;
  /** Lines kept until there is a sink; of more, the newest are dropped and counted. Default 1000. */
  readonly maxKeptLines?: number;
}

/**
 * Makes a logger that can be used before the library behind it is loaded: a starting broker says little, and loading
 * pino takes a tenth of the time in which it has to be ready.
 */
export function createLateLogger(options: LateLoggerOptions, wallTimeMs: () => number): LateLogger {
  const { level: least, maxKeptLines = 1000 } = options;
  const kept: LogLine[] = [];
  let dropped = 0;
  let sink: LogSink = (line) => {
    if (kept.length < maxKeptLines) kept.push(line);
    else dropped += 1;
  };

  const make = (context: LogFields): Logger => {
    const say = (level: LineLevel) => (fields: LogFields, message: string) => {
      if (isWritten(level, least)) sink({ level, timeMs: wallTimeMs(), fields: { ...context, ...fields }, message });
    };
    return {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      child: (fields) => make({ ...context, ...fields }),
    };
  };

  return {
    logger: make({}),
    attach(to) {
      sink = to;
      for (const line of kept.splice(0)) to(line);
      if (dropped > 0) {
        to({
          level: 'warn',
          timeMs: wallTimeMs(),
          fields: { dropped },
          message: 'lines said before the log was open are lost',
        });
        dropped = 0;
      }
    },
  };
}
