import { assert } from '@streambus/runtime';
import type { SortedMap } from './sorted-map.ts';
import type { ConfigValues, MetadataState, Partition, Topic } from './state.ts';

/** What became of one topic. */
export interface TopicEdit {
  /** As it was before the command. */
  readonly before: Topic | undefined;
  /** As it is now; undefined when it is gone. */
  after: Topic | undefined;
  /** The list of `after`, where it was made for this edit and may be changed in place. */
  owned: Partition[] | undefined;
  /** Indexes of partitions of `before` that were replaced, in the order of it; some may be in it twice. */
  readonly replaced: number[];
}

/**
 * The topics of a state that is being changed. Ten thousand changes of one topic copy its list of partitions once, and those of ten thousand
 * topics build the map once.
 */
export class DraftTopics {
  readonly #base: MetadataState;
  readonly #edits = new Map<string, TopicEdit>();
  #addedIds: Set<string> | undefined;
  #map: SortedMap<string, Topic> | undefined;
  /** What was read last and nobody has touched: a command asks for its one topic several times. */
  #lastRead: Topic | undefined;

  constructor(base: MetadataState) {
    this.#base = base;
    this.#map = base.topics;
  }

  /** All topics as they are now, whatever is changed later. */
  get map(): SortedMap<string, Topic> {
    this.#map ??= merged(this.#base.topics, this.#edits);
    return this.#map;
  }

  /** What was touched, by name. */
  get edits(): ReadonlyMap<string, TopicEdit> {
    return this.#edits;
  }

  get(name: string): Topic | undefined {
    if (this.#lastRead?.name === name) return this.#lastRead;
    const edit = this.#edits.get(name);
    if (edit !== undefined) return edit.after;
    this.#lastRead = this.#base.topics.get(name);
    return this.#lastRead;
  }

  /** Whether a topic has the id, or had it before the command: an id that is given again would hide a deletion. */
  hasId(topicId: string): boolean {
    return this.#addedIds?.has(topicId) === true || this.#base.topicNamesById.has(topicId);
  }

  /** Adds a topic without partitions. */
  add(topic: Omit<Topic, 'partitions'>): void {
    const owned: Partition[] = [];
    this.#addedIds ??= new Set();
    this.#addedIds.add(topic.topicId);
    this.#put(this.#editOf(topic.name), { ...topic, partitions: owned }, owned);
  }

  remove(topic: Topic): void {
    this.#addedIds?.delete(topic.topicId);
    this.#put(this.#editOf(topic.name), undefined, undefined);
  }

  setConfigs(topic: Topic, configs: ConfigValues): void {
    const edit = this.#editOf(topic.name);
    this.#put(edit, { ...topic, configs }, edit.owned);
  }

  /** The partitions of a topic that is there, to be changed in place: added to, or replaced with their index noted in `replaced`. */
  partitionsOf(topic: Topic): { readonly owned: Partition[]; readonly replaced: number[] } {
    const { name, topicId, configs } = topic;
    // A topic that nobody has touched is what it was before.
    const edit = this.#edits.get(name) ?? this.#newEdit(name, topic);
    const owned = edit.owned ?? topic.partitions.slice();
    if (edit.owned === undefined) this.#put(edit, { name, topicId, configs, partitions: owned }, owned);
    return { owned, replaced: edit.replaced };
  }

  /** The map from ids to names that belongs to {@link map}. */
  namesById(): SortedMap<string, string> {
    const added: [string, string][] = [];
    let names = this.#base.topicNamesById;
    for (const { before, after } of this.#edits.values()) {
      if (before?.topicId === after?.topicId) continue;
      if (before !== undefined) names = names.delete(before.topicId);
      if (after !== undefined) added.push([after.topicId, after.name]);
    }
    return added.length === 0 ? names : names.setAll(added);
  }

  #editOf(name: string): TopicEdit {
    return this.#edits.get(name) ?? this.#newEdit(name, this.#base.topics.get(name));
  }

  #newEdit(name: string, before: Topic | undefined): TopicEdit {
    const edit: TopicEdit = { before, after: before, owned: undefined, replaced: [] };
    this.#edits.set(name, edit);
    this.#lastRead = undefined;
    return edit;
  }

  #put(edit: TopicEdit, after: Topic | undefined, owned: Partition[] | undefined): void {
    assert(owned === undefined || after?.partitions === owned, 'an owned list is the one of the topic');
    edit.after = after;
    edit.owned = owned;
    this.#map = undefined;
  }
}

function merged(base: SortedMap<string, Topic>, edits: ReadonlyMap<string, TopicEdit>): SortedMap<string, Topic> {
  if (edits.size === 1) {
    for (const [name, { after }] of edits) return after === undefined ? base.delete(name) : base.set(name, after);
  }
  const present: [string, Topic][] = [];
  let topics = base;
  for (const [name, { after }] of edits) {
    if (after === undefined) topics = topics.delete(name);
    else present.push([name, after]);
  }
  return topics.setAll(present);
}
