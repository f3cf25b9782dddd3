/** One append to a log. */
interface AppendedRun {
  /** Where it is in the log on disk; grows from run to run. */
  readonly offset: number;
  /** The highest index in it; that of the run before where it has no entry. */
  readonly lastIndex: number;
  readonly sizeBytes: number;
}

/** Which appends hold which entries, oldest first: what a snapshot covers, what compaction may drop, and what is left. */
export class LogExtent {
  #runs: AppendedRun[] = [];
  /** So many at the front are covered by a snapshot. */
  #coveredRuns = 0;
  #uncoveredBytes = 0;

  /** Bytes in the appends that no snapshot covers. */
  get uncoveredBytes(): number {
    return this.#uncoveredBytes;
  }

  /** @param lastIndex - 0 for an append without entries */
  add(offset: number, lastIndex: number, sizeBytes: number): void {
    this.#runs.push({ offset, lastIndex: lastIndex || (this.#runs.at(-1)?.lastIndex ?? 0), sizeBytes });
    this.#uncoveredBytes += sizeBytes;
  }

  /** Forgets all of them: what comes next stands for itself. */
  clear(): void {
    this.#runs = [];
    this.#coveredRuns = 0;
    this.#uncoveredBytes = 0;
  }

  /** A snapshot stands for every entry up to `index`. */
  cover(index: number): void {
    for (let run = this.#nextUncovered(); run !== undefined && run.lastIndex <= index; run = this.#nextUncovered()) {
      this.#coveredRuns++;
      this.#uncoveredBytes -= run.sizeBytes;
    }
  }

  /** The index after which the appends that are covered have at most `maxBytes`. */
  coveredTail(maxBytes: number): number {
    let bytes = 0;
    for (let at = this.#coveredRuns - 1; at >= 0; at--) {
      const run = this.#runs[at] as AppendedRun;
      bytes += run.sizeBytes;
      if (bytes > maxBytes) return run.lastIndex;
    }
    return 0;
  }

  /**
   * Forgets the appends at the front that are covered and hold nothing above `index`; the last of all stays, for it has the hard state.
   *
   * @returns the offset of the first one kept; undefined when there is none
   */
  dropThrough(index: number): number | undefined {
    const last = Math.min(this.#coveredRuns, this.#runs.length - 1);
    let dropped = 0;
    while (dropped < last && (this.#runs[dropped] as AppendedRun).lastIndex <= index) dropped++;
    this.#runs = this.#runs.slice(dropped);
    this.#coveredRuns -= dropped;
    return this.#runs[0]?.offset;
  }

  #nextUncovered(): AppendedRun | undefined {
    return this.#runs[this.#coveredRuns];
  }
}
