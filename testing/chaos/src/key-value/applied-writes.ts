/** First and last of numbers that follow one another. */
type Range = readonly [first: number, last: number];

/** Which writes of which client were applied, in little space: a client's numbers leave few gaps. */
export class AppliedWrites {
  readonly #clients: Map<string, Range[]>;

  constructor(content: readonly (readonly [client: string, ranges: readonly Range[]])[] = []) {
    this.#clients = new Map(content.map(([client, ranges]) => [client, [...ranges]]));
  }

  /** By client, in the order of their names. */
  get content(): readonly (readonly [client: string, ranges: readonly Range[]])[] {
    return [...this.#clients].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  has(client: string, number: number): boolean {
    return this.#clients.get(client)?.some(([first, last]) => number >= first && number <= last) === true;
  }

  /** @returns false when it was there before */
  add(client: string, number: number): boolean {
    if (this.has(client, number)) return false;
    const ranges = this.#clients.get(client) ?? [];
    this.#clients.set(client, ranges);
    const at = ranges.findLastIndex(([first]) => first < number);
    const before = ranges[at];
    const after = ranges[at + 1];
    const joinsBefore = before !== undefined && before[1] === number - 1;
    const joinsAfter = after !== undefined && after[0] === number + 1;
    const joined: Range = [joinsBefore ? before[0] : number, joinsAfter ? after[1] : number];
    ranges.splice(joinsBefore ? at : at + 1, Number(joinsBefore) + Number(joinsAfter), joined);
    return true;
  }
}
