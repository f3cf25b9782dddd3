/**
 * What lets a leader answer reads without asking (section 6.4.1): whoever answered a heartbeat gives nobody else its
 * vote for an election timeout from when it came, so not before that long after it was sent.
 *
 * Counted in this leader's ticks from when the answered heartbeat was *sent*, and a tick short of the timeout, because
 * two clocks in step may tick at different moments.
 *
 * Invariant: held only on answers of a quorum of the membership in force.
 */
export class Lease {
  readonly #lengthTicks: number;
  #now = 0;
  #heldUntil = 0;
  #forfeited = false;

  constructor(electionTimeoutTicks: number) {
    this.#lengthTicks = electionTimeoutTicks - 1;
  }

  /** Ticks in this term as a leader. */
  get now(): number {
    return this.#now;
  }

  /** Whether nobody else can have been elected. */
  get held(): boolean {
    return !this.#forfeited && this.#now < this.#heldUntil;
  }

  tick(): void {
    this.#now += 1;
  }

  /** A quorum answered heartbeats that were sent at `sentTick` or later. */
  renew(sentTick: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, sentTick + this.#lengthTicks);
  }

  /** Another membership is in force, whose quorum was not asked. */
  lapse(): void {
    this.#heldUntil = 0;
  }

  /** Somebody was told to campaign at once: however late it hears that, it will be voted for, so never in this term. */
  forfeit(): void {
    this.#forfeited = true;
  }

  /** Another term. */
  reset(): void {
    this.#now = 0;
    this.#heldUntil = 0;
    this.#forfeited = false;
  }
}
