import type { LogFields, Logger } from '@streambus/runtime';
import type { World } from '../world/world.ts';

/** Takes the lines of a run, if anybody wants them. */
export interface Trace {
  readonly wanted: boolean;
  /** Whether every message of Raft's is to be a line too. */
  readonly messages: boolean;
  /** @param text - built only where it is wanted: pass a function where that costs something */
  line(who: string, text: string | (() => string)): void;
  /** The log lines of a process, as lines of the trace. */
  loggerOf(who: string): Logger | undefined;
}

/** A trace that nobody reads. */
export const noTrace: Trace = { wanted: false, messages: false, line() {}, loggerOf: () => undefined };

/** A trace in lines: milliseconds, who, what. */
export function createTrace(world: World, messages: boolean, print: (line: string) => void): Trace {
  const line = (who: string, text: string | (() => string)): void => {
    const ms = (world.nowUs / 1000).toFixed(3).padStart(10);
    print(`${ms} ${who.padEnd(10)} ${typeof text === 'string' ? text : text()}`);
  };
  return { wanted: true, messages, line, loggerOf: (who) => loggerInto((text) => line(who, text), {}) };
}

function loggerInto(print: (text: string) => void, parentFields: LogFields): Logger {
  const at =
    (level: string) =>
    (fields: LogFields, message: string): void => {
      print(`${level} ${message} ${describe({ ...parentFields, ...fields })}`);
    };
  return {
    debug() {},
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerInto(print, { ...parentFields, ...fields }),
  };
}

function describe(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([name]) => name !== 'nodeId' && name !== 'node' && name !== 'component')
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ');
}
