/** Lets one task run at a time, in the order they came. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    // A failure is the caller's, not the next one's.
    this.#last = result.catch(() => {});
    return result;
  }
}
