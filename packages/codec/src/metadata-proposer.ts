import type { CommandAnswer, LeaderStatus, Proposal, Proposer, ProposerCallOptions } from '@streambus/metadata';
import { StreamBusError } from '@streambus/runtime';
import { CodecError } from './errors.ts';
import { decodeMetadataAnswer } from './metadata-answers.ts';
import { encodeMetadataCommand } from './metadata-commands.ts';

/** One numbered proposal in bytes. */
export interface LogProposal {
  /**
   * Resolves with the state machine's answer; may be called again after an error. What it throws is as {@link Proposal.submit} says, but that
   * `outcome` speaks for all attempts so far; once the session is gone it is not called again.
   */
  submit(options: ProposerCallOptions): Promise<Uint8Array>;
  /** Gives up on the answer. */
  abandon(): void;
}

/** A line of proposals of which each is applied at most once, however often it is submitted. */
export interface LogSession {
  /** Numbers a proposal; nothing is sent yet. May throw, retriable, while too many have no answer. */
  prepare(data: Uint8Array): LogProposal;
}

/** What replicates a log, as far as metadata needs it. A node of `@streambus/raft-node` is one as it stands. */
export interface ReplicatedLog {
  /**
   * Opens a session. When it is gone, submitting throws a StreamBusError whose code ends in `SESSION_EXPIRED`.
   *
   * @param options.maxOutstanding - how many proposals without an answer it has to allow
   */
  openSession(options: ProposerCallOptions & { readonly maxOutstanding: number }): Promise<LogSession>;
  /** Resolves when the local state machine has everything that was committed anywhere before the call. */
  readBarrier(options: ProposerCallOptions): Promise<unknown>;
  /** `leader` 0: none is known. */
  status(): { readonly leader: number; readonly term: number };
  /** Calls back at least after every change of leader or term; returns what ends it. */
  subscribe(listener: () => void): () => void;
}

/** How far commands may run ahead of the oldest one without an answer: so many answers each replica keeps for a session. */
const maxOutstanding = 1024;

/**
 * Proposes metadata's commands to a replicated log, each at most once, in a session that it opens at the first and again whenever one is gone:
 * the other half of {@link createMetadataLogStateMachine}.
 */
export function createMetadataProposer(log: ReplicatedLog): Proposer {
  const sessions = new CurrentSession(log);
  const leaderStatus = (): LeaderStatus => {
    const { leader, term } = log.status();
    return { leaderId: leader === 0 ? undefined : leader, term };
  };
  return {
    async prepare(command, { signal }) {
      const proposal = new SessionedProposal(sessions, encodeMetadataCommand(command));
      proposal.take(sessions.open ?? (await sessions.get(signal)));
      return proposal;
    },
    async readBarrier({ signal }) {
      await log.readBarrier({ signal });
    },
    leaderStatus,
    onLeaderChange(listener) {
      let last = leaderStatus();
      return log.subscribe(() => {
        const now = leaderStatus();
        if (now.leaderId === last.leaderId && now.term === last.term) return;
        last = now;
        listener(now);
      });
    },
  };
}

interface Opening {
  readonly promise: Promise<LogSession>;
  /** Once it is open. */
  session: LogSession | undefined;
}

/** The one session that all proposals share. */
class CurrentSession {
  readonly #log: ReplicatedLog;
  #current: Opening | undefined;

  constructor(log: ReplicatedLog) {
    this.#log = log;
  }

  /** The session, where it is open: mostly it is. */
  get open(): LogSession | undefined {
    return this.#current?.session;
  }

  /** The session, opened if need be. Whoever opens it does so for all that wait; when that fails, the next of them tries for itself. */
  async get(signal: AbortSignal): Promise<LogSession> {
    for (;;) {
      const others = this.#current;
      const opening = others ?? this.#open(signal);
      try {
        opening.session = await opening.promise;
        signal.throwIfAborted();
        return opening.session;
      } catch (error) {
        if (opening.session === undefined) this.#drop(opening);
        if (others === undefined || signal.aborted) throw error;
      }
    }
  }

  /** Lets the next one open another, if this is still the one in use. */
  forget(session: LogSession): void {
    if (this.#current?.session === session) this.#drop(this.#current);
  }

  #open(signal: AbortSignal): Opening {
    const promise = this.#log.openSession({ maxOutstanding, signal });
    this.#current = { promise, session: undefined };
    return this.#current;
  }

  #drop(opening: Opening): void {
    if (this.#current === opening) this.#current = undefined;
  }
}

class SessionedProposal implements Proposal {
  readonly #sessions: CurrentSession;
  readonly #data: Uint8Array;
  #numbered: { readonly session: LogSession; readonly proposal: LogProposal } | undefined;
  /** Why nobody can tell any more whether it was applied. */
  #lost: StreamBusError | undefined;

  constructor(sessions: CurrentSession, data: Uint8Array) {
    this.#sessions = sessions;
    this.#data = data;
  }

  /** Takes a number in a session. */
  take(session: LogSession): LogProposal {
    const proposal = session.prepare(this.#data);
    this.#numbered = { session, proposal };
    return proposal;
  }

  async submit(options: ProposerCallOptions): Promise<CommandAnswer> {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      const proposal = this.#numbered?.proposal ?? this.take(await this.#sessions.get(options.signal));
      return answerOf(await proposal.submit(options));
    } catch (error) {
      if (!isSessionExpired(error) || this.#numbered === undefined) throw error;
      this.#sessions.forget(this.#numbered.session);
      if (error.outcome === 'unknown') {
        this.#lost = error;
        throw error;
      }
      // It is certainly nowhere, so another session may carry it.
      this.#numbered = undefined;
      const proposal = this.take(await this.#sessions.get(options.signal));
      return answerOf(await proposal.submit(options));
    }
  }

  abandon(): void {
    this.#numbered?.proposal.abandon();
  }
}

function isSessionExpired(error: unknown): error is StreamBusError {
  return error instanceof StreamBusError && error.code.endsWith('SESSION_EXPIRED');
}

function answerOf(bytes: Uint8Array): CommandAnswer {
  try {
    return decodeMetadataAnswer(bytes);
  } catch (error) {
    // The command was answered, so it cannot count as rejected.
    if (error instanceof CodecError)
      throw new CodecError(error.code, error.message, { outcome: 'unknown', cause: error });
    throw error;
  }
}
