import type { LogLevel } from '../config/broker-config.ts';

/** A level that a line can have. */
export type LineLevel = 'debug' | 'info' | 'warn' | 'error';

const severities: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50, silent: 60 };

/** Whether lines of a level are written when `least` is configured. */
export function isWritten(level: LineLevel, least: LogLevel): boolean {
  return severities[level] >= severities[least];
}
