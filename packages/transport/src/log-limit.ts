import type { Clock } from '@streambus/runtime';

/** Between two lines of one kind. */
const quietMs = 1000;

/** Lets one line of each kind through in a second, so that nobody from outside fills the log. */
export class LogLimit<Kind> {
  readonly #clock: Clock;
  /** Of each kind that was seen; kinds come from a closed set. */
  readonly #seen = new Map<Kind, { lastMs: number; unsaid: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the fields that such a line has beside its own, with how many were not said before it; undefined: not now */
  admit(kind: Kind): { readonly unsaid?: number } | undefined {
    const nowMs = this.#clock.monotonicMs();
    const seen = this.#seen.get(kind);
    if (seen === undefined) {
      this.#seen.set(kind, { lastMs: nowMs, unsaid: 0 });
      return {};
    }
    if (nowMs - seen.lastMs < quietMs) {
      seen.unsaid++;
      return undefined;
    }
    const { unsaid } = seen;
    seen.lastMs = nowMs;
    seen.unsaid = 0;
    return unsaid === 0 ? {} : { unsaid };
  }
}
