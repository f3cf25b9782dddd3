import { logIndex, type NodeId, noNode, type Raft } from '@streambus/raft';
import { RaftNodeError } from '../errors.ts';
import { ForwardDesk } from '../forwarding/forward-desk.ts';
import type { ForwardMessage } from '../forwarding/forward-message.ts';
import { Forwarder } from '../forwarding/forwarder.ts';
import type { PeerNetwork } from '../peers/peer-network.ts';
import { AppendDesk } from './append-desk.ts';
import type { Proposal, Proposals } from './proposals.ts';

/** What a router needs. */
export interface ProposalRouterParts {
  readonly raft: Raft;
  readonly proposals: Proposals;
  readonly network: PeerNetwork | undefined;
  /** A leader that says nothing for so long has lost what was forwarded, or its answer to that. */
  readonly answerTicks: number;
  /** Why this node takes no proposals at the moment, if it does not. */
  readonly refusal: () => RaftNodeError | undefined;
}

/** Brings proposals to the leader's log: this node's to its own or another's, other nodes' to its own. */
export class ProposalRouter {
  readonly #parts: ProposalRouterParts;
  readonly #appends: AppendDesk;
  readonly #forwarder: Forwarder;
  readonly #desk: ForwardDesk;

  constructor(parts: ProposalRouterParts) {
    const { raft, proposals, network, answerTicks, refusal } = parts;
    this.#parts = parts;
    this.#appends = new AppendDesk(raft);
    this.#forwarder = new Forwarder({
      proposals,
      send: (to, message) => network?.forward(to, message) === true,
      timeoutTicks: answerTicks,
    });
    this.#desk = new ForwardDesk({
      self: raft.id,
      appends: this.#appends,
      send: (to, message) => network?.forward(to, message),
      refusal,
    });
  }

  /** Sends what has arrived in this turn on its way. @returns whether some of it is left for the next */
  route(): boolean {
    const { proposals } = this.#parts;
    for (const run of runsOf(proposals.take())) this.#routeRun(run);
    return proposals.hasArrived;
  }

  onForward(from: NodeId, message: ForwardMessage): void {
    if (message.type === 'appended' || message.type === 'refused') this.#forwarder.onAnswer(from, message);
    else this.#desk.take(from, message);
  }

  onPeerLost(id: NodeId): void {
    this.#forwarder.onPeerLost(id);
  }

  /** Another node leads, as far as this one knows. */
  onLeader(leader: NodeId): void {
    if (leader !== noNode) this.#forwarder.onLeader(leader);
  }

  onTick(): void {
    this.#forwarder.onTick();
  }

  #routeRun(run: readonly Proposal[]): void {
    const { raft, proposals, network } = this.#parts;
    if (raft.role !== 'leader' && network !== undefined) {
      this.#forwarder.forward(raft.leader, run);
      return;
    }
    const change = run[0]?.change;
    const appended =
      change === undefined ? this.#appends.propose(run.map(({ data }) => data)) : this.#appends.change(change);
    if (appended instanceof RaftNodeError) {
      proposals.refuse(
        run,
        () => new RaftNodeError(appended.code, appended.message, { retriable: appended.retriable }),
      );
      return;
    }
    for (const [at, proposal] of run.entries()) {
      proposals.place(proposal, logIndex(appended.firstIndex + at), appended.term);
    }
  }
}

/** Proposals in their order, those of data that follow one another together, each change of the membership by itself. */
function runsOf(batch: readonly Proposal[]): readonly (readonly Proposal[])[] {
  const runs: Proposal[][] = [];
  for (const proposal of batch) {
    const last = runs.at(-1);
    const joins = last !== undefined && proposal.change === undefined && last[0]?.change === undefined;
    if (joins) last.push(proposal);
    else runs.push([proposal]);
  }
  return runs;
}
