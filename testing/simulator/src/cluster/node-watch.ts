import type { Entry, HardState, Raft, Role, Storage } from '@streambus/raft';

/** What has changed of a node since the last look. */
export interface NodeChange {
  readonly becameLeader: boolean;
  /** The log is another from here on: entries are new, replaced or gone. Undefined: it is the same. */
  readonly changedFrom: number | undefined;
  /** The last entry before. */
  readonly lastIndexBefore: number;
  readonly commitBefore: number;
  readonly roleBefore: Role;
  readonly termBefore: number;
}

/** What was done to a machine's disk, over all lives of its node. */
export interface Blemishes {
  /** Errors that it was told to give, and times that it was full. */
  errors: number;
  /** A bit that was flipped in what was durable; undefined while there is none. */
  flipped: { readonly file: string; readonly position: number } | undefined;
}

/** One life of a node, seen from outside: what it was at the last look, so that each look is at what has changed. */
export class NodeWatch {
  readonly id: number;
  /** Counts this node's lives, from 1. */
  readonly life: number;
  readonly blemishes: Blemishes;
  role: Role = 'follower';
  term = 0;
  commit = 0;
  lastIndex = 0;
  #lastTerm = 0;
  #raft: Raft | undefined;
  #log: Storage | undefined;
  /** By index; what is below a snapshot that was installed is not there. */
  readonly #entries: Entry[] = [];
  #firstIndex = 1;

  constructor(id: number, life: number, blemishes: Blemishes) {
    this.id = id;
    this.life = life;
    this.blemishes = blemishes;
  }

  /** It runs from now on. */
  begin(raft: Raft, log: Storage): void {
    this.#raft = raft;
    this.#log = log;
    this.look();
  }

  /** The first entry that is not covered by its snapshot. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** What its log holds at an index; undefined where it ends before, or begins after. */
  entryAt(index: number): Entry | undefined {
    return index > this.lastIndex ? undefined : this.#entries[index];
  }

  /** The term at an index, of an entry or of the snapshot that the log begins after. */
  termAt(index: number): number | undefined {
    if (index > this.lastIndex) return undefined;
    const known = this.#entries[index]?.term;
    if (known !== undefined) return known;
    return index === this.#firstIndex - 1 ? this.#log?.term(index as Entry['index']) : undefined;
  }

  /** What was handed to its storage last. */
  get hardState(): HardState | undefined {
    return this.#log?.initialState().hardState;
  }

  /** @returns undefined when nothing has changed */
  look(): NodeChange | undefined {
    const raft = this.#raft;
    const log = this.#log;
    if (raft === undefined || log === undefined) return undefined;
    const { role, term, commit } = raft;
    const lastIndex = log.lastIndex();
    const lastTerm = log.term(lastIndex);
    const sameLog = lastIndex === this.lastIndex && lastTerm === this.#lastTerm;
    if (sameLog && role === this.role && term === this.term && commit === this.commit) return undefined;
    const change: NodeChange = {
      becameLeader: role === 'leader' && (this.role !== 'leader' || this.term !== term),
      changedFrom: sameLog ? undefined : this.#follow(log, lastIndex),
      lastIndexBefore: this.lastIndex,
      commitBefore: this.commit,
      roleBefore: this.role,
      termBefore: this.term,
    };
    this.role = role;
    this.term = term;
    this.commit = commit;
    this.lastIndex = lastIndex;
    this.#lastTerm = lastTerm;
    return change;
  }

  /** Takes over what is new, from the end back to what is the same. @returns the first index at which something differs */
  #follow(log: Storage, lastIndex: number): number {
    this.#forgetReplaced(log);
    let at = lastIndex;
    for (; at >= this.#firstIndex; at--) {
      const [entry] = log.entries(at as Entry['index'], (at + 1) as Entry['index'], Number.POSITIVE_INFINITY);
      if (entry === undefined || entry === this.#entries[at]) break;
      this.#entries[at] = entry;
    }
    this.#entries.length = lastIndex + 1;
    return Math.min(at + 1, lastIndex + 1);
  }

  /** What is below a leader's snapshot was another log, unless that begins after an entry that was there. */
  #forgetReplaced(log: Storage): void {
    const firstIndex = log.firstIndex();
    if (firstIndex === this.#firstIndex) return;
    this.#firstIndex = firstIndex;
    const last = firstIndex - 1;
    if (this.#entries[last]?.term !== log.term(last as Entry['index'])) this.#entries.length = 0;
  }
}
