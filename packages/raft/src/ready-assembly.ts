import { assert } from '@streambus/runtime';
import { type Core, hardStateOf, softStateOf } from './core.ts';
import { entriesBytes } from './entry.ts';
import { type HardState, hardStatesEqual, isEmptyHardState } from './hard-state.ts';
import { localAppendThread, localApplyThread, zeroTerm } from './identifiers.ts';
import { createMessage, type Message, MessageType } from './message.ts';
import type { Ready, SoftState } from './ready.ts';

/**
 * Turns what changed in a {@link Core} since the last time into a {@link Ready}.
 *
 * In the synchronous form, what this node has to tell itself when the work is done waits here for {@link advance}; in
 * the asynchronous form it travels with the work as the responses of two messages, one for the append thread and one
 * for the apply thread.
 */
export class ReadyAssembly {
  readonly #core: Core;
  readonly #asynchronous: boolean;
  #softState: SoftState;
  #hardState: HardState;
  #stepsOnAdvance: Message[] = [];
  #advancePending = false;

  constructor(core: Core) {
    this.#core = core;
    this.#asynchronous = core.settings.asyncStorageWrites;
    this.#softState = softStateOf(core);
    this.#hardState = hardStateOf(core);
  }

  /** Whether there is anything to do. */
  hasReady(): boolean {
    const { outbox, log, readStates } = this.#core;
    return (
      !outbox.empty ||
      log.hasNextUnstableEntries ||
      log.hasNextCommittedEntries(!this.#asynchronous) ||
      readStates.length > 0 ||
      this.#softStateChanged() ||
      this.#hardStateChanged() ||
      log.nextUnstableSnapshot() !== undefined
    );
  }

  /** Takes what is to be done; it will not be given out again. */
  take(): Ready {
    assert(!this.#advancePending, 'ready was called again before advance');
    const work = this.#collect();
    const ready = this.#asynchronous ? this.#withStorageMessages(work) : this.#withHeldMessages(work);
    this.#accept(ready);
    return ready;
  }

  /** What this node tells itself now that the last {@link take} was done. */
  advance(): readonly Message[] {
    assert(!this.#asynchronous, 'advance was called in the asynchronous form, which answers by messages');
    assert(this.#advancePending, 'advance was called without a ready before');
    const steps = this.#stepsOnAdvance;
    this.#stepsOnAdvance = [];
    this.#advancePending = false;
    return steps;
  }

  #softStateChanged(): boolean {
    const { role, leader } = this.#core;
    return this.#softState.role !== role || this.#softState.leader !== leader;
  }

  #hardStateChanged(): boolean {
    const { term, vote, log } = this.#core;
    const known = this.#hardState;
    return known.term !== term || known.vote !== vote || known.commit !== log.committed;
  }

  #collect(): Ready {
    const core = this.#core;
    const hardState = hardStateOf(core);
    const entries = core.log.nextUnstableEntries();
    return {
      softState: this.#softStateChanged() ? softStateOf(core) : undefined,
      hardState: hardStatesEqual(hardState, this.#hardState) || isEmptyHardState(hardState) ? undefined : hardState,
      readStates: core.readStates,
      entries,
      snapshot: core.log.nextUnstableSnapshot(),
      committedEntries: core.log.nextCommittedEntries(!this.#asynchronous),
      messages: core.outbox.immediate,
      mustSync:
        entries.length > 0 || hardState.vote !== this.#hardState.vote || hardState.term !== this.#hardState.term,
    };
  }

  /** The synchronous form: `messages` leave after the write, so those that wait for it go with them. */
  #withHeldMessages(work: Ready): Ready {
    const { outbox, settings } = this.#core;
    const held = outbox.afterAppend;
    const toOthers = held.filter(({ to }) => to !== settings.id);
    this.#stepsOnAdvance = held.filter(({ to }) => to === settings.id);
    const stored = this.#storedResponse(work);
    if (stored !== undefined) this.#stepsOnAdvance.push(stored);
    if (work.committedEntries.length > 0) this.#stepsOnAdvance.push(this.#appliedResponse(work));
    this.#advancePending = true;
    return toOthers.length === 0 ? work : { ...work, messages: [...work.messages, ...toOthers] };
  }

  #withStorageMessages(work: Ready): Ready {
    const messages = [...work.messages];
    const append = this.#appendWork(work);
    if (append !== undefined) messages.push(append);
    if (work.committedEntries.length > 0) messages.push(this.#applyWork(work));
    return { ...work, messages };
  }

  #appendWork(work: Ready): Message | undefined {
    const { outbox, settings } = this.#core;
    const nothing = work.entries.length === 0 && work.hardState === undefined && work.snapshot === undefined;
    if (nothing && outbox.afterAppend.length === 0) return undefined;
    const stored = this.#storedResponse(work);
    const responses = stored === undefined ? outbox.afterAppend : [...outbox.afterAppend, stored];
    return createMessage({
      type: MessageType.storageAppend,
      from: settings.id,
      to: localAppendThread,
      // All three are zero when the hard state is to stay as it is.
      ...work.hardState,
      entries: work.entries,
      snapshot: work.snapshot,
      responses,
    });
  }

  #applyWork(work: Ready): Message {
    return createMessage({
      type: MessageType.storageApply,
      from: this.#core.settings.id,
      to: localApplyThread,
      entries: work.committedEntries,
      responses: [this.#appliedResponse(work)],
    });
  }

  /**
   * What is said when the write is done: the last entry of the log, not of this batch.
   *
   * Suppose that entries of term 1 are being written when a leader of term 2 replaces them, and one of term 3 puts the
   * same entries of term 1 back. The answer to the first write would then call stable what the second write has removed
   * from storage. So the answer carries the term of this moment and is ignored in a later one; and every write after it
   * answers for the whole log until all is stable, so that what was ignored is said again.
   */
  #storedResponse(work: Ready): Message | undefined {
    const { log, settings, term } = this.#core;
    if (!log.hasUnstableEntries && work.snapshot === undefined) return undefined;
    const fields = {
      type: MessageType.storageAppendResponse,
      from: localAppendThread,
      to: settings.id,
      term,
      snapshot: work.snapshot,
    };
    if (!log.hasUnstableEntries) return createMessage(fields);
    const last = log.lastId;
    return createMessage({ ...fields, index: last.index, logTerm: last.term });
  }

  #appliedResponse(work: Ready): Message {
    return createMessage({
      type: MessageType.storageApplyResponse,
      from: localApplyThread,
      to: this.#core.settings.id,
      // What is committed belongs to no term.
      term: zeroTerm,
      entries: work.committedEntries,
    });
  }

  #accept(ready: Ready): void {
    const core = this.#core;
    if (ready.softState !== undefined) this.#softState = ready.softState;
    if (ready.hardState !== undefined) this.#hardState = ready.hardState;
    core.readStates = [];
    core.outbox.clear();
    core.log.acceptUnstable();
    const last = ready.committedEntries.at(-1);
    if (last === undefined) return;
    core.log.acceptApplying(last.index, entriesBytes(ready.committedEntries), !this.#asynchronous);
  }
}
