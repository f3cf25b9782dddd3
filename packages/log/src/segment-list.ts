import { assert } from '@streambus/runtime';
import type { Segment } from './segment.ts';

/** The segments of a log, oldest first. */
export class SegmentList {
  #segments: Segment[];

  constructor(segments: Segment[]) {
    this.#segments = segments;
  }

  get length(): number {
    return this.#segments.length;
  }

  get first(): Segment | undefined {
    return this.#segments[0];
  }

  get last(): Segment | undefined {
    return this.#segments.at(-1);
  }

  get sizeBytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.sizeBytes, 0);
  }

  [Symbol.iterator](): Iterator<Segment> {
    return this.#segments[Symbol.iterator]();
  }

  add(segment: Segment): void {
    assert(segment.baseOffset >= (this.last?.endOffset ?? 0), () => `segment ${segment.baseOffset} out of order`);
    this.#segments.push(segment);
  }

  /** The first segment with a frame that ends after `offset`: the one that holds it, where there is no gap. */
  find(offset: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle] as Segment).endOffset > offset) high = middle;
      else low = middle + 1;
    }
    return this.#segments[low];
  }

  /** Takes the oldest `count` out. */
  removeFirst(count: number): Segment[] {
    return markRemoved(this.#segments.splice(0, count));
  }

  /** Takes those out that the test picks, from the end. */
  removeLastWhile(test: (segment: Segment) => boolean): Segment[] {
    let kept = this.#segments.length;
    while (kept > 0 && test(this.#segments[kept - 1] as Segment)) kept--;
    return markRemoved(this.#segments.splice(kept));
  }
}

function markRemoved(segments: Segment[]): Segment[] {
  for (const segment of segments) segment.removed = true;
  return segments;
}
