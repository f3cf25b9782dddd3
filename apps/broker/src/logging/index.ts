/** The broker's own log lines: pino behind runtime's Logger, loaded when there is time for it. */
export { createLateLogger, type LateLogger } from './late-logger.ts';
export { isWritten } from './log-level.ts';
