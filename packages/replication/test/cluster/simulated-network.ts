import type { Clock, Random } from '@streambus/runtime';

/** What may happen to a message. */
export interface Weather {
  /** Of 100 messages. */
  lostPercent: number;
  doubledPercent: number;
  delayMsMax: number;
}

/** Messages between brokers: delayed, lost, doubled, cut off. */
export class SimulatedNetwork {
  readonly weather: Weather = { lostPercent: 0, doubledPercent: 0, delayMsMax: 2 };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cut = new Set<number>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Nothing goes to or from this broker. */
  isolate(brokerId: number): void {
    this.#cut.add(brokerId);
  }

  heal(): void {
    this.#cut.clear();
    Object.assign(this.weather, { lostPercent: 0, doubledPercent: 0, delayMsMax: 2 });
  }

  /** @param to - 0 for the metadata, which cannot be isolated */
  send(from: number, to: number, deliver: () => void): void {
    const { lostPercent, doubledPercent } = this.weather;
    if (this.#cut.has(from) || this.#cut.has(to) || this.#random.below(100) < lostPercent) return;
    this.#deliverLater(from, to, deliver);
    if (this.#random.below(100) < doubledPercent) this.#deliverLater(from, to, deliver);
  }

  #deliverLater(from: number, to: number, deliver: () => void): void {
    this.#clock.setTimer(this.#random.below(this.weather.delayMsMax + 1), () => {
      if (!this.#cut.has(from) && !this.#cut.has(to)) deliver();
    });
  }
}
