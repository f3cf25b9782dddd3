import type { Clock, Logger, SocketAddress } from '@streambus/runtime';
import { countsOf } from './counts.ts';
import { LogLimit } from './log-limit.ts';
import { type RefusalReason, refusalReasons } from './reasons.ts';
import type { Refusal } from './wire/hello.ts';

/** Counts what this node refuses, and says so, and who refuses this node. No more than a line in a second for each reason. */
export class RefusalLog {
  readonly counts: Record<RefusalReason, number> = countsOf(refusalReasons);
  readonly #logger: Logger;
  readonly #here: LogLimit<RefusalReason>;
  readonly #byDiallers: LogLimit<RefusalReason>;

  constructor(clock: Clock, logger: Logger) {
    this.#logger = logger;
    this.#here = new LogLimit(clock);
    this.#byDiallers = new LogLimit(clock);
  }

  note({ reason, detail }: Refusal, address: SocketAddress, peer: number | undefined): void {
    this.counts[reason]++;
    if (reason === 'other-direction') return;
    const more = this.#here.admit(reason);
    if (more === undefined) return;
    this.#logger.warn(
      { reason, detail, address, ...(peer === undefined ? {} : { peer }), ...more },
      'refused a handshake',
    );
  }

  /** Anybody may say that, as the first thing: it is no peer's word yet. */
  noteByDialler({ reason, detail }: Refusal, address: SocketAddress, peer: number | undefined): void {
    const more = this.#byDiallers.admit(reason);
    if (more === undefined) return;
    this.#logger.warn(
      { reason, detail, address, ...(peer === undefined ? {} : { peer }), ...more },
      'a peer that dialled refused this node',
    );
  }
}
