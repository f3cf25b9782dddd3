import { isDeepStrictEqual } from 'node:util';
import type { MetadataDelta, MetadataState, Partition } from '@streambus/metadata';
import type { NodeWatch } from '../cluster/node-watch.ts';
import type { CreateInvariant } from './invariant.ts';

/** What somebody knows who hears nothing but deltas. */
class Subscriber {
  #version = 0;
  #state: MetadataState | undefined;
  readonly #partitions = new Map<string, Partition>();

  /** @returns what is wrong with this delta as the next one */
  hear({ fromVersion, version, partitions }: MetadataDelta, state: MetadataState): string | undefined {
    if (fromVersion !== this.#version)
      return `begins at version ${fromVersion}, the one before ended at ${this.#version}`;
    if (version !== state.version) return `ends at version ${version}, the state is that of ${state.version}`;
    this.#version = version;
    this.#state = state;
    for (const { topicId, partition, before, after } of partitions) {
      const key = `${topicId}/${partition}`;
      if (!isSame(this.#partitions.get(key), before)) return `changes ${key} from what it was not`;
      if (after === undefined) this.#partitions.delete(key);
      else this.#partitions.set(key, after);
    }
    return undefined;
  }

  /** @returns a partition of the state of which the deltas have said something else */
  difference(): string | undefined {
    let left = this.#partitions.size;
    for (const { topicId, partitions } of this.#state?.topics.values() ?? []) {
      for (const [index, partition] of partitions.entries()) {
        const key = `${topicId}/${index}`;
        if (!isSame(this.#partitions.get(key), partition)) return key;
        left--;
      }
    }
    return left === 0 ? undefined : `${left} that are gone`;
  }
}

function isSame(one: Partition | undefined, other: Partition | undefined): boolean {
  return one === other || isDeepStrictEqual(one, other);
}

/** Whoever subscribes hears of every version once, in order, and knows every partition as the state has it: so a broker learns what to lead. */
export const metadataDeltas: CreateInvariant = (violated) => {
  const subscribers = new WeakMap<NodeWatch, Subscriber>();
  return {
    name: 'Metadata Deltas',
    source: "metadata: subscribe delivers each version's delta in order",
    onDelta(node, delta, state) {
      const subscriber = subscribers.get(node) ?? new Subscriber();
      subscribers.set(node, subscriber);
      const wrong = subscriber.hear(delta, state);
      if (wrong !== undefined) violated(`a delta of node ${node.id} ${wrong}`);
    },
    atEnd(nodes) {
      for (const node of nodes) {
        const wrong = subscribers.get(node)?.difference();
        if (wrong !== undefined)
          violated(`the deltas of node ${node.id} have told something else of partition ${wrong}`);
      }
    },
  };
};
