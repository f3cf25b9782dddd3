/** Something that happens at a moment of virtual time. */
export interface ScheduledEvent {
  /** Microseconds since the beginning of the run. */
  readonly atUs: number;
  /** Events of one moment happen in the order in which they were scheduled. */
  readonly sequence: number;
  /** @returns whether code of a process ran, so that promises may have to go on */
  readonly happen: () => boolean;
  cancelled: boolean;
}

/** What is still to happen, soonest first: a binary heap. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #nextSequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  get first(): ScheduledEvent | undefined {
    return this.#heap[0];
  }

  add(atUs: number, happen: () => boolean): ScheduledEvent {
    const event: ScheduledEvent = { atUs, sequence: this.#nextSequence++, happen, cancelled: false };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as ScheduledEvent;
      if (isSooner(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
    return event;
  }

  /** Takes the first one out. */
  take(): ScheduledEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.#soonerChild(at);
      if (child === undefined || isSooner(last, heap[child] as ScheduledEvent)) break;
      heap[at] = heap[child] as ScheduledEvent;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  #soonerChild(at: number): number | undefined {
    const left = 2 * at + 1;
    if (left >= this.#heap.length) return undefined;
    const right = left + 1;
    if (right >= this.#heap.length) return left;
    return isSooner(this.#heap[right] as ScheduledEvent, this.#heap[left] as ScheduledEvent) ? right : left;
  }
}

function isSooner(one: ScheduledEvent, other: ScheduledEvent): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.sequence < other.sequence);
}
