/** A bug, as a change of one file. */
export interface PlantedBug {
  /** What is wrong with it. */
  readonly what: string;
  /** From the repository's root. */
  readonly file: string;
  /** What is there, once. */
  readonly right: string;
  /** What takes its place. */
  readonly wrong: string;
}

/** Bugs that the simulation must find, by name. */
export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'vote-twice': {
    what: 'a node votes for whoever asks, also for a second one in the same term',
    file: 'packages/raft/src/election.ts',
    right: 'const mayVote = core.vote === from ||',
    wrong: 'const mayVote = true || core.vote === from ||',
  },
  'acknowledge-before-sync': {
    what: 'what was handed to the disk counts as durable',
    file: 'packages/raft-node/src/storage/durable-storage.ts',
    right: 'if (installation !== undefined || entries.length > 0 || votes) {',
    wrong: `if (installation === undefined) {
      const durable = onDurable;
      this.#parts.clock.nextTurn(durable);
      onDurable = () => {};
    }
    if (installation !== undefined || entries.length > 0 || votes) {`,
  },
  'commit-by-counting': {
    what: 'an entry of an older term is committed because a majority has it',
    file: 'packages/raft/src/replication.ts',
    right: 'return core.log.maybeCommit({ index: core.tracker.committed(), term: core.term });',
    wrong: `const index = core.tracker.committed();
  const term = core.log.termAt(index);
  return term !== undefined && core.log.maybeCommit({ index, term });`,
  },
  'apply-twice': {
    what: 'what a session has applied before is applied again when it is repeated',
    file: 'packages/raft-node/src/sessions/session-table.ts',
    right: 'if (known !== undefined) return known;',
    wrong: '',
  },
  'lease-after-pause': {
    what: 'reads rely on a lease that is counted in ticks, and a paused process does not tick',
    file: 'packages/raft-node/src/driver/replica.ts',
    right: 'asyncStorageWrites: true,',
    wrong: "asyncStorageWrites: true, readOnlyMode: 'leaseBased',",
  },
  'snapshot-without-sessions': {
    what: 'a snapshot forgets what was applied in sessions',
    file: 'packages/raft-node/src/sessions/sessioned-state-machine.ts',
    right: 'sessions: this.#sessions.encode(), state:',
    wrong: 'sessions: new SessionTable().encode(), state:',
  },
  'read-without-barrier': {
    what: "the metadata's store reads what is there",
    file: 'packages/metadata/src/store.ts',
    right: 'if (options.barrier === true) {',
    wrong: 'if (options.barrier === undefined) {',
  },
  'snapshot-without-delta': {
    what: 'whoever subscribes to metadata does not hear what a snapshot has changed',
    file: 'packages/metadata/src/state-machine.ts',
    right: 'this.#publish(comparison?.before === before ? comparison.finish(after) : diffStates(before, after));',
    wrong: 'this.#publish({ ...diffStates(before, after), partitions: [] });',
  },
};
