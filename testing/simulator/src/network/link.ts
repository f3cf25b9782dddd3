import type { SeededRandom } from '@streambus/runtime/testing';

/** One direction between two machines, as it is at the moment. */
export class Link {
  /** What every packet takes. */
  delayUs: number;
  /** Up to so much more, drawn for each packet. */
  jitterUs: number;
  /** How much passes in a millisecond; 0 = no limit. */
  bytesPerMs = 0;
  /** Of a thousand packets so many are lost, and come later by a retransmission. */
  lossPerMille = 0;
  /** So many faults cut it; while it is any, nothing passes. */
  cuts = 0;
  #busyUntilUs = 0;

  constructor(delayUs: number, jitterUs: number) {
    this.delayUs = delayUs;
    this.jitterUs = jitterUs;
  }

  get cut(): boolean {
    return this.cuts > 0;
  }

  /** Nothing holds up what leaves from now on. */
  hasCleared(): void {
    this.#busyUntilUs = 0;
  }

  /** When a packet that leaves now arrives. */
  arrivalUs(nowUs: number, bytes: number, random: SeededRandom): number {
    let atUs = nowUs + this.delayUs;
    if (this.jitterUs > 0) atUs += random.below(this.jitterUs);
    if (this.lossPerMille > 0 && random.below(1000) < this.lossPerMille) atUs += retransmissionUs(random);
    if (this.bytesPerMs === 0) return atUs;
    this.#busyUntilUs = Math.max(this.#busyUntilUs, nowUs) + Math.ceil((bytes * 1000) / this.bytesPerMs);
    return Math.max(atUs, this.#busyUntilUs + this.delayUs);
  }
}

/** How long a sender waits before it sends again what was not acknowledged (RFC 6298: 200 ms at least, on Linux). */
export function retransmissionUs(random: SeededRandom): number {
  return 200_000 + random.below(300_000);
}
