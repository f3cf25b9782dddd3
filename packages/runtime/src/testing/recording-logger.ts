import type { LogFields, Logger } from '../logger.ts';

/** One line that was logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** Those of the line over those of its logger. */
  readonly fields: LogFields;
}

/** A logger that keeps its lines. */
export interface RecordingLogger extends Logger {
  /** Every line of it and of its children, oldest first. */
  readonly lines: readonly LogLine[];
}

/** Makes a {@link RecordingLogger}. */
export function createRecordingLogger(): RecordingLogger {
  return recordInto([], {});
}

function recordInto(lines: LogLine[], parentFields: LogFields): RecordingLogger {
  const at =
    (level: LogLine['level']) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, message, fields: { ...parentFields, ...fields } });
    };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordInto(lines, { ...parentFields, ...fields }),
  };
}
