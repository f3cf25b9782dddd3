/** What a command prints: lines, indented where they belong to a node, silenced where the file asks for it. */
export class Output {
  silent = false;
  #lines: string[] = [];
  #indent = '';

  write(...lines: readonly string[]): void {
    if (this.silent) return;
    for (const line of lines) this.#lines.push(`${this.#indent}${line}`);
  }

  /** Errors show even where all else is silent. */
  writeError(line: string): void {
    this.#lines.push(line);
  }

  indented(action: () => void): void {
    const outer = this.#indent;
    this.#indent = `${outer}  `;
    try {
      action();
    } finally {
      this.#indent = outer;
    }
  }

  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}
