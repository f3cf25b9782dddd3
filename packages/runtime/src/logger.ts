/** Fields of a log line: plain values that a machine can search for. An error goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. A pino logger is one. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same, with fields on every line. */
  child(fields: LogFields): Logger;
}

/** Drops every line. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child() {
    return silentLogger;
  },
};
