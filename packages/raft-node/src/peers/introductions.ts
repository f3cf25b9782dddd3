import type { NodeId } from '@streambus/raft';
import type { Logger } from '@streambus/runtime';
import type { KnownPeers } from '../storage/known-peers.ts';

/**
 * What two nodes say before anything else on a new connection.
 *
 * - `introduce`: with which storage the sender takes part, and whether it has accepted the receiver already. If not, it may never have heard
 *   the receiver's introduction, as a node that begins on a connection that is there does not: it gets it again.
 * - `accept`: the receiver of an introduction knows the sender with that storage, from now on or from before.
 * - `refuse`: it knows it with another one, and will hear nothing from it.
 */
export type Introduction =
  | { readonly type: 'introduce'; readonly storageId: string; readonly hasAccepted: boolean }
  | { readonly type: 'accept' }
  | { readonly type: 'refuse'; readonly knownStorageId: string };

/** What introductions need. */
export interface IntroductionsParts {
  /** This node's. */
  readonly storageId: string;
  readonly knownPeers: KnownPeers;
  readonly logger: Logger;
  readonly send: (to: NodeId, introduction: Introduction) => void;
  /** Both have accepted each other. */
  readonly onIntroduced: (id: NodeId) => void;
  /** A peer knows this node with another storage. */
  readonly onRefused: (by: NodeId, knownStorageId: string) => void;
}

/** One connection's. */
interface Acquaintance {
  acceptedHere: boolean;
  acceptedThere: boolean;
  /** What it has said, while that could not be written down, and how long ago it was tried. */
  unwritten: { readonly introduction: Introduce; ticks: number } | undefined;
}

type Introduce = Extract<Introduction, { readonly type: 'introduce' }>;

/** After so many ticks it is tried again to write down who a peer is. */
const retryTicks = 10;

/** Lets only those peers in whose storage is the one that they have always had. */
export class Introductions {
  readonly #parts: IntroductionsParts;
  readonly #connected = new Map<NodeId, Acquaintance>();

  constructor(parts: IntroductionsParts) {
    this.#parts = parts;
  }

  /** Whether what comes from this peer is to be heard. */
  hears(id: NodeId): boolean {
    return this.#connected.get(id)?.acceptedHere === true;
  }

  /** Whether both hear each other. */
  isIntroduced(id: NodeId): boolean {
    const acquaintance = this.#connected.get(id);
    return acquaintance?.acceptedHere === true && acquaintance.acceptedThere;
  }

  onUp(id: NodeId): void {
    this.#connected.set(id, { acceptedHere: false, acceptedThere: false, unwritten: undefined });
    this.#introduce(id, false);
  }

  onDown(id: NodeId): void {
    this.#connected.delete(id);
  }

  receive(from: NodeId, introduction: Introduction): void {
    const acquaintance = this.#connected.get(from);
    if (acquaintance === undefined) return;
    if (introduction.type === 'refuse') this.#parts.onRefused(from, introduction.knownStorageId);
    else if (introduction.type === 'introduce') void this.#judge(from, acquaintance, introduction);
    else this.#accepted(from, acquaintance, { acceptedThere: true });
  }

  /** A disk that was full may have space again. */
  onTick(): void {
    for (const [id, acquaintance] of this.#connected) {
      const { unwritten } = acquaintance;
      if (unwritten === undefined || ++unwritten.ticks < retryTicks) continue;
      acquaintance.unwritten = undefined;
      void this.#judge(id, acquaintance, unwritten.introduction);
    }
  }

  #introduce(to: NodeId, hasAccepted: boolean): void {
    this.#parts.send(to, { type: 'introduce', storageId: this.#parts.storageId, hasAccepted });
  }

  async #judge(from: NodeId, acquaintance: Acquaintance, introduction: Introduce): Promise<void> {
    const { storageId, hasAccepted } = introduction;
    const { knownPeers, logger, send } = this.#parts;
    const known = knownPeers.storageIdOf(from);
    if (known !== undefined && known !== storageId) {
      logger.error({ peer: from, storageId, known }, 'refuses a peer that has lost its storage');
      send(from, { type: 'refuse', knownStorageId: known });
      return;
    }
    try {
      // Before anything of it counts: a vote of a peer that nobody will recognize is worth nothing.
      if (known === undefined) await knownPeers.remember(from, storageId);
    } catch (err) {
      logger.warn({ peer: from, err }, 'cannot write down a peer, and does not hear it until it can');
      acquaintance.unwritten = { introduction, ticks: 0 };
      return;
    }
    if (this.#connected.get(from) !== acquaintance) return;
    send(from, { type: 'accept' });
    if (!hasAccepted) this.#introduce(from, true);
    this.#accepted(from, acquaintance, { acceptedHere: true });
  }

  #accepted(from: NodeId, acquaintance: Acquaintance, change: Partial<Acquaintance>): void {
    const before = acquaintance.acceptedHere && acquaintance.acceptedThere;
    Object.assign(acquaintance, change);
    if (!before && acquaintance.acceptedHere && acquaintance.acceptedThere) this.#parts.onIntroduced(from);
  }
}
