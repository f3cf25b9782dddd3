import type { Clock } from '@streambus/runtime';

/** How long a handler may hold the event loop before everyone else gets a turn. */
const turnMs = 10;
/** Asking for the time costs something too. */
const callsPerLook = 64;

/** Tells who works through a long list when to let others go on: a request may name as many things as fit into it. */
export interface Turns {
  /** Whether this turn of the event loop has been used for long enough. */
  isOver(): boolean;
  /** Resolves in the next turn. */
  next(): Promise<void>;
}

/** Begins to measure now. */
export function createTurns(clock: Clock): Turns {
  let startedMs = clock.monotonicMs();
  let calls = 0;
  return {
    isOver: () => ++calls % callsPerLook === 0 && clock.monotonicMs() - startedMs >= turnMs,
    async next() {
      await new Promise<void>((resolve) => clock.nextTurn(resolve));
      startedMs = clock.monotonicMs();
    },
  };
}

/** Does something with each item, one after the other, in as many turns as that takes. */
export async function mapInTurns<Item, Result>(
  clock: Clock,
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<Result[]> {
  const turns = createTurns(clock);
  const results: Result[] = [];
  for (const item of items) {
    if (turns.isOver()) await turns.next();
    results.push(work(item));
  }
  return results;
}

/** Does something that takes time with each item, at most so many at once, in as many turns as that takes. */
export async function mapLimited<Item, Result>(
  clock: Clock,
  items: readonly Item[],
  maxConcurrent: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += maxConcurrent) {
    // What resolves at once is still the same turn.
    if (at > 0) await new Promise<void>((resolve) => clock.nextTurn(resolve));
    results.push(...(await Promise.all(items.slice(at, at + maxConcurrent).map(work))));
  }
  return results;
}
