import { assert } from '@streambus/runtime';

/** Collects the lines of a function to be generated, and hands out names that nothing else in it has. */
export class Source {
  readonly #lines: string[] = [];
  #names = 0;

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A fresh variable name. */
  name(prefix: string): string {
    this.#names++;
    return `${prefix}${this.#names}`;
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

/** A name or message as source text. Schemas are ours, yet nothing that is not plainly a name is let into code. */
export function quoted(name: string): string {
  assert(/^[A-Za-z][A-Za-z0-9]*$/.test(name), () => `"${name}" is not a field name`);
  return `'${name}'`;
}

let allowed: boolean | undefined;

/** Whether this process may generate code; not where it runs with `--disallow-code-generation-from-strings`. */
export function mayGenerateCode(): boolean {
  if (allowed === undefined) {
    try {
      allowed = new Function('return true')() === true;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}
