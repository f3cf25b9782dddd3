/** Things to close, the last opened first, each even if another fails. */
export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];

  /** Adds what closes something that was just opened. */
  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Closes everything once; the first failure is thrown when all is done. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (;;) {
      const close = this.#closers.pop();
      if (close === undefined) break;
      try {
        await close();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
