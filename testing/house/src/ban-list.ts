/** Something that the code may not reach for, and what to use instead. */
export interface Ban {
  /** A module (`node:fs`), a name of a module (`node:crypto#random*`), a global (`setTimeout`), or a member (`Date.now`). */
  readonly what: string;
  readonly instead: string;
}

const disk = 'the Disk port of @streambus/runtime';
const network = 'the Network port of @streambus/runtime';
const timers = 'clock.setTimer of the Clock port of @streambus/runtime';
const monotonic = 'clock.monotonicMs() of the Clock port of @streambus/runtime';
const wallTime = 'clock.wallTimeMs() of the Clock port of @streambus/runtime';
const turn = 'clock.nextTurn of the Clock port of @streambus/runtime';
const random = 'the Random port of @streambus/runtime';

/**
 * The doors of the house: outside of runtime's Node adapters nobody takes time, chance, files, sockets or lines of log from
 * the machine itself. This is what lets a test, or a whole simulated cluster, hold all of it in one hand.
 */
export const bans: readonly Ban[] = [
  { what: 'node:fs', instead: disk },
  { what: 'node:fs/promises', instead: disk },
  { what: 'node:net', instead: network },
  { what: 'node:tls', instead: 'the Tls port of @streambus/runtime' },
  { what: 'node:dgram', instead: network },
  { what: 'node:timers', instead: timers },
  { what: 'node:timers/promises', instead: 'delay of @streambus/runtime' },
  { what: 'node:perf_hooks#performance', instead: monotonic },
  { what: 'node:crypto#random*', instead: random },
  { what: 'node:crypto#getRandomValues', instead: random },

  { what: 'Date', instead: `${wallTime}; new Date(wallTimeMs) is free` },
  { what: 'Date.now', instead: wallTime },
  { what: 'performance.now', instead: monotonic },
  { what: 'performance.timeOrigin', instead: wallTime },
  { what: 'process.hrtime', instead: monotonic },
  { what: 'process.uptime', instead: monotonic },
  { what: 'setTimeout', instead: timers },
  { what: 'setInterval', instead: timers },
  { what: 'setImmediate', instead: turn },
  { what: 'process.nextTick', instead: turn },
  { what: 'AbortSignal.timeout', instead: `an AbortController and ${timers}` },

  { what: 'Math.random', instead: random },
  { what: 'crypto.random*', instead: random },
  { what: 'crypto.getRandomValues', instead: random },
  { what: 'console', instead: 'the Logger port of @streambus/runtime' },
];

/** A place that a ban leaves alone, because nothing else does its work. */
export interface Allowance {
  /** A file, or a folder ending in `/`. */
  readonly path: string;
  /** A {@link Ban.what}; `*` for all. */
  readonly what: string;
  readonly why: string;
}

/** One that nothing needs any more is a violation itself, so that this list only holds what is true. */
export const allowances: readonly Allowance[] = [
  { path: 'packages/runtime/src/node/', what: '*', why: 'the adapters are the door itself' },
  {
    path: 'apps/broker/src/cli/main.ts',
    what: 'performance.timeOrigin',
    why: 'the moment at which the process began, before any port was there',
  },
  {
    path: 'examples/',
    what: 'AbortSignal.timeout',
    why: 'an example is a program of its own, and shows what its readers would write in theirs',
  },
];
