import { createHash } from 'node:crypto';
import type { AppliedEntry, StateMachine } from '@streambus/raft-node';
import { AppliedWrites } from './applied-writes.ts';
import { type Output, type Value, valueAfter, type Write } from './operation.ts';

/** What is compared between nodes, and held against what clients were told. */
export interface Content {
  /** Of all the state. */
  readonly digest: string;
  readonly applied: AppliedWrites['content'];
  /** Writes that were applied again, in words; the first few. */
  readonly repeated: readonly string[];
}

interface State {
  readonly values: readonly (readonly [key: string, value: string])[];
  readonly applied: AppliedWrites['content'];
  readonly repeated: readonly string[];
}

const maxRepeated = 10;

/** Keys and values, and which writes have made them. */
export class KeyValueMachine implements StateMachine {
  #values = new Map<string, string>();
  #applied = new AppliedWrites();
  #repeated: string[] = [];

  get(key: string): Value {
    return this.#values.get(key) ?? null;
  }

  apply({ data, index }: AppliedEntry): Uint8Array {
    const { client, number, input } = fromBytes<Write>(data);
    const isNew = this.#applied.add(client, number);
    if (!isNew && this.#repeated.length < maxRepeated) this.#repeated.push(`${client}/${number} at ${index}`);
    const before = this.get(input.key);
    const after = valueAfter(before, input);
    if (after !== null) this.#values.set(input.key, after);
    return toBytes({ before } satisfies Output);
  }

  content(): Content {
    const digest = createHash('sha1').update(this.snapshot()).digest('hex');
    return { digest, applied: this.#applied.content, repeated: this.#repeated };
  }

  snapshot(): Uint8Array {
    const values = [...this.#values].sort(([one], [other]) => (one < other ? -1 : 1));
    return toBytes({ values, applied: this.#applied.content, repeated: this.#repeated } satisfies State);
  }

  restore(snapshot: Uint8Array): void {
    const { values, applied, repeated } = fromBytes<State>(snapshot);
    this.#values = new Map(values);
    this.#applied = new AppliedWrites(applied);
    this.#repeated = [...repeated];
  }
}

function toBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function fromBytes<Content>(bytes: Uint8Array): Content {
  return JSON.parse(new TextDecoder().decode(bytes)) as Content;
}

/** A write as it is proposed. */
export const writeToBytes: (write: Write) => Uint8Array = toBytes;
/** What a write is answered. */
export const outputFromBytes: (bytes: Uint8Array) => Output = fromBytes;
