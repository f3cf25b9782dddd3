import { durationBoundsMs, Histogram } from '../histogram.ts';

/** What went over the connections with one peer, whichever of them. */
export class PeerTraffic {
  sentBytes = 0;
  receivedBytes = 0;
  lastRoundTripMs: number | undefined;
  readonly roundTripMs: Histogram = new Histogram(durationBoundsMs);

  noteRoundTrip(roundTripMs: number): void {
    this.lastRoundTripMs = roundTripMs;
    this.roundTripMs.record(roundTripMs);
  }
}
