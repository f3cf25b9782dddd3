/** A moment that somebody waits for, and that may be moved or called off as often as needed. */
export class Deadline<Event> {
  /** What happens then. */
  readonly event: Event;
  /** When, on the monotonic clock; infinite while it is off. */
  atMs: number = Number.POSITIVE_INFINITY;
  /** The moment under which the queue holds it; infinite while it does not. */
  queuedAtMs: number = Number.POSITIVE_INFINITY;

  constructor(event: Event) {
    this.event = event;
  }
}

interface Entry<Event> {
  readonly atMs: number;
  readonly sequence: number;
  readonly deadline: Deadline<Event>;
}

const compactAboveEntries = 256;

/**
 * Deadlines in the order in which they fall due.
 *
 * Moving one to later costs nothing: it keeps its old place and is put back when that comes up. Heartbeats do just that,
 * a thousand times for each time that they miss.
 *
 * Invariant: an active deadline has an entry at `queuedAtMs`, which is not after `atMs`.
 */
export class Deadlines<Event> {
  readonly #heap: Entry<Event>[] = [];
  #sequence = 0;
  #active = 0;

  /** No later than the earliest deadline; infinite when there is none. */
  get nextMs(): number {
    this.#dropStale();
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** How many entries it holds, those of deadlines that were called off among them. */
  get size(): number {
    return this.#heap.length;
  }

  set(deadline: Deadline<Event>, atMs: number): void {
    if (deadline.atMs === Number.POSITIVE_INFINITY) this.#active++;
    deadline.atMs = atMs;
    if (atMs < deadline.queuedAtMs) this.#enqueue(deadline, atMs);
  }

  clear(deadline: Deadline<Event>): void {
    if (deadline.atMs === Number.POSITIVE_INFINITY) return;
    deadline.atMs = Number.POSITIVE_INFINITY;
    this.#active--;
    if (this.#heap.length > compactAboveEntries && this.#heap.length > 2 * this.#active) this.#compact();
  }

  /** Takes out the earliest deadline that is due, or undefined. */
  takeDue(nowMs: number): Event | undefined {
    for (;;) {
      this.#dropStale();
      const top = this.#heap[0];
      if (top === undefined || top.atMs > nowMs) return undefined;
      this.#pop();
      const { deadline } = top;
      deadline.queuedAtMs = Number.POSITIVE_INFINITY;
      if (deadline.atMs > nowMs) {
        this.#enqueue(deadline, deadline.atMs);
        continue;
      }
      deadline.atMs = Number.POSITIVE_INFINITY;
      this.#active--;
      return deadline.event;
    }
  }

  #dropStale(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const { deadline } = top;
      const current = deadline.queuedAtMs === top.atMs;
      if (current && deadline.atMs !== Number.POSITIVE_INFINITY) return;
      if (current) deadline.queuedAtMs = Number.POSITIVE_INFINITY;
      this.#pop();
    }
  }

  #compact(): void {
    const entries = this.#heap.splice(0);
    for (const { deadline } of entries) deadline.queuedAtMs = Number.POSITIVE_INFINITY;
    for (const { deadline } of entries) {
      const queued = deadline.queuedAtMs !== Number.POSITIVE_INFINITY;
      if (!queued && deadline.atMs !== Number.POSITIVE_INFINITY) this.#enqueue(deadline, deadline.atMs);
    }
  }

  #enqueue(deadline: Deadline<Event>, atMs: number): void {
    deadline.queuedAtMs = atMs;
    const entry = { atMs, sequence: this.#sequence++, deadline };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      const right = heap[childIndex + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function isBefore<Event>(left: Entry<Event>, right: Entry<Event>): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.sequence < right.sequence);
}
