/** One append to a log. */
interface AppendedRun {
  /** Where it is in the log on disk; grows from run to run. */
  readonly offset: number;
  /** The highest index in it; that of the run before where it has no entry. */
  readonly lastIndex: number;
  readonly sizeBytes: number;
}

/** Which appends hold which entries, oldest first: what compaction may drop, and what is left. */
export class LogExtent {
  #runs: AppendedRun[] = [];
  #sizeBytes = 0;

  /** Bytes in all appends that are kept. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** @param lastIndex - 0 for an append without entries */
  add(offset: number, lastIndex: number, sizeBytes: number): void {
    this.#runs.push({ offset, lastIndex: lastIndex || (this.#runs.at(-1)?.lastIndex ?? 0), sizeBytes });
    this.#sizeBytes += sizeBytes;
  }

  /**
   * Forgets the appends at the front that hold nothing above `index`; the last one stays, for it has the hard state.
   *
   * @returns the offset of the first one kept; undefined when there is none
   */
  dropThrough(index: number): number | undefined {
    const last = this.#runs.length - 1;
    let first = this.#runs.findIndex((run, at) => run.lastIndex > index || at === last);
    if (first < 0) first = 0;
    for (const run of this.#runs.slice(0, first)) this.#sizeBytes -= run.sizeBytes;
    this.#runs = this.#runs.slice(first);
    return this.#runs[0]?.offset;
  }
}
