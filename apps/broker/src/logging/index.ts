/** The broker's own log lines: pino behind runtime's Logger, loaded when there is time for it. */
export {
  createLateLogger,
  type LateLogger,
  type LateLoggerOptions,
  type LogLine,
  type LogSink,
} from './late-logger.ts';
export { isWritten, type LineLevel } from './log-level.ts';
