import type { Clock, Logger, SocketAddress } from '@streambus/runtime';
import { countsOf } from './counts.ts';
import { type RefusalReason, refusalReasons } from './reasons.ts';
import type { Refusal } from './wire/hello.ts';

/** No more than one line in so long for each reason, whoever knocks how often. */
const quietMs = 1000;

/** Counts what this node refuses, and says so without letting anybody fill its log. */
export class RefusalLog {
  readonly counts: Record<RefusalReason, number> = countsOf(refusalReasons);
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lastMs = new Map<RefusalReason, number>();
  readonly #unsaid: Record<RefusalReason, number> = countsOf(refusalReasons);

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  note({ reason, detail }: Refusal, address: SocketAddress, peer: number | undefined): void {
    this.counts[reason]++;
    if (reason === 'other-direction') return;
    const nowMs = this.#clock.monotonicMs();
    const lastMs = this.#lastMs.get(reason);
    if (lastMs !== undefined && nowMs - lastMs < quietMs) {
      this.#unsaid[reason]++;
      return;
    }
    this.#lastMs.set(reason, nowMs);
    const unsaid = this.#unsaid[reason];
    this.#unsaid[reason] = 0;
    this.#logger.warn(
      { reason, detail, address, ...(peer === undefined ? {} : { peer }), ...(unsaid === 0 ? {} : { unsaid }) },
      'refused a handshake',
    );
  }
}
