import type { StepName } from './steps.ts';

/** An answer that somebody got. */
export interface Sample {
  readonly step: StepName;
  readonly number: number;
  /** The version that the command made. */
  readonly version: number;
  /** What every state of that version or a later one shows of it. */
  readonly answered: unknown;
}

/** Answers on their way to whoever looks for them on other nodes, until there are no more. */
export class Samples {
  #waiting: Sample[] = [];
  #taker: PromiseWithResolvers<Sample | undefined> | undefined;
  #ended = false;

  add(sample: Sample): void {
    if (this.#taker === undefined) this.#waiting.push(sample);
    else this.#give(sample);
  }

  end(): void {
    this.#ended = true;
    this.#give(undefined);
  }

  /** The next one; undefined after the last. One may wait at a time. */
  next(): Promise<Sample | undefined> {
    const first = this.#waiting.shift();
    if (first !== undefined || this.#ended) return Promise.resolve(first);
    this.#taker = Promise.withResolvers();
    return this.#taker.promise;
  }

  #give(sample: Sample | undefined): void {
    this.#taker?.resolve(sample);
    this.#taker = undefined;
  }
}
