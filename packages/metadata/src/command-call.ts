import type { CommandAnswer } from './answers.ts';
import type { MetadataCommand } from './commands.ts';
import type { Attempt, Work } from './persistent-call.ts';
import type { Proposal, Proposer } from './proposer.ts';

/** A command in all attempts at it: it gets its identity in the first one that comes so far, and keeps it in those that follow. */
export class CommandCall implements Work<CommandAnswer> {
  readonly #command: MetadataCommand;
  readonly #proposer: Proposer;
  #proposal: Proposal | undefined;

  constructor(proposer: Proposer, command: MetadataCommand) {
    this.#proposer = proposer;
    this.#command = command;
  }

  async attempt(attempt: Attempt): Promise<CommandAnswer> {
    let proposal = this.#proposal;
    if (proposal === undefined) {
      proposal = await this.#proposer.prepare(this.#command, attempt);
      // An attempt that was given up meanwhile must not put its identity in the place of the next one's.
      if (attempt.signal.aborted) proposal.abandon();
      attempt.signal.throwIfAborted();
      this.#proposal = proposal;
    }
    attempt.onSubmit();
    return await proposal.submit(attempt);
  }

  abandon(): void {
    this.#proposal?.abandon();
  }
}
