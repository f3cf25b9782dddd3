import type { AppliedEntry, StateMachine } from '@streambus/raft-node';

/** A write. With `ifVersion` only over that version of the key; 0 stands for a key that is not there. */
export type Put = { readonly key: string; readonly value: string; readonly ifVersion?: number };
/** What came of it, and the version that the key has now: the index of the entry that wrote it. */
export type PutAnswer = { readonly written: boolean; readonly version: number };
export type Versioned = { readonly value: string; readonly version: number };

export const toBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const fromBytes = <Value>(bytes: Uint8Array): Value => JSON.parse(new TextDecoder().decode(bytes)) as Value;

/** What every node has a replica of. It looks at nothing but itself and the entry, so all replicas answer alike. */
export class KeyValueMachine implements StateMachine {
  #keys = new Map<string, Versioned>();

  get(key: string): Versioned | undefined {
    return this.#keys.get(key);
  }

  apply({ data, index }: AppliedEntry): Uint8Array {
    const { key, value, ifVersion } = fromBytes<Put>(data);
    const version = this.#keys.get(key)?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== version) return toBytes({ written: false, version });
    this.#keys.set(key, { value, version: index });
    return toBytes({ written: true, version: index });
  }

  snapshot(): Uint8Array {
    return toBytes([...this.#keys].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  restore(snapshot: Uint8Array): void {
    this.#keys = new Map(fromBytes<[string, Versioned][]>(snapshot));
  }
}
