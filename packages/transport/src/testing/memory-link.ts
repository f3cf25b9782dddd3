import type { Clock, Timer } from '@streambus/runtime';
import type { NodeId } from '../options.ts';
import type { PeerDownReason } from '../reasons.ts';

/** What a link needs to know of the hub. */
export interface LinkWire {
  readonly clock: Clock;
  /** How long the next parcel takes. */
  nextDelayMs(): number;
  isCut(from: NodeId, to: NodeId): boolean;
}

/** Who has one end of a link. */
export interface LinkOwner {
  readonly nodeId: NodeId;
  readonly frozen: boolean;
  readonly idleTimeoutMs: number;
  onMessage(channelName: string, bytes: Uint8Array): void;
  /** The link is over, once, and not by this owner's {@link LinkEnd.close}; with whether something that was sent is lost. */
  onClosed(reason: PeerDownReason, hasLost: boolean): void;
  /** Something that was sent has arrived. */
  onArrived(): void;
}

/** How many bytes are under way in each direction before `normal` and `bulk` wait. */
export const windowBytes = 65_536;

/** What a parcel weighs beside its bytes, so that those without any are bounded too. */
const parcelOverheadBytes = 16;

type Parcel = { readonly dueMs: number; readonly weight: number } & (
  | { readonly channelName: string; readonly bytes: Uint8Array }
  | { readonly closes: PeerDownReason }
);

/**
 * One end of the connection between two nodes. What the other end sent is under way here, in order, until it is due and nothing is
 * in its way; what is under way when an end closes is lost, but for what left before a goodbye.
 */
export class LinkEnd {
  readonly #wire: LinkWire;
  readonly #owner: LinkOwner;
  /** Itself until it is one of a pair. */
  #other: LinkEnd = this;
  #open = true;
  /** Under way to this end. */
  readonly #parcels: Parcel[] = [];
  #parcelBytes = 0;
  /** Something that was sent from here never arrives. */
  #hasLost = false;
  #armed = false;
  #delivery: Timer | undefined;
  #silence: Timer | undefined;

  private constructor(wire: LinkWire, owner: LinkOwner) {
    this.#wire = wire;
    this.#owner = owner;
  }

  static pair(wire: LinkWire, first: LinkOwner, second: LinkOwner): readonly [LinkEnd, LinkEnd] {
    const ends = [new LinkEnd(wire, first), new LinkEnd(wire, second)] as const;
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  /** Sent here, and not arrived at the other end. */
  get inflightBytes(): number {
    return this.#other.#parcelBytes;
  }

  send(channelName: string, bytes: Uint8Array): void {
    this.#other.#push({ ...this.#due(bytes.length), channelName, bytes });
  }

  /** Ends it from this side; the other hears why after what was sent before, as soon as anything gets through. */
  close(reason: PeerDownReason): void {
    if (!this.#open) return;
    this.#end();
    this.#other.#push({ ...this.#due(0), closes: reason });
  }

  /** Ends it for both at once, losing what is under way. */
  reset(): void {
    const ends = [this, this.#other].filter((end) => end.#open);
    for (const end of ends) end.#end();
    for (const end of ends) end.#owner.onClosed('reset', end.#hasLost);
  }

  /** Looks again at what is in the way, after that has changed. */
  refresh(): void {
    this.#watchSilence();
    this.#arm();
  }

  #due(bytes: number): { dueMs: number; weight: number } {
    const lastDueMs = this.#other.#parcels.at(-1)?.dueMs ?? 0;
    const dueMs = Math.max(lastDueMs, this.#wire.clock.monotonicMs() + this.#wire.nextDelayMs());
    return { dueMs, weight: bytes + parcelOverheadBytes };
  }

  #push(parcel: Parcel): void {
    if (!this.#open) {
      this.#lose(parcel);
      return;
    }
    this.#parcels.push(parcel);
    this.#parcelBytes += parcel.weight;
    this.#arm();
  }

  #arm(): void {
    const head = this.#parcels[0];
    if (this.#armed || head === undefined || !this.#letsThrough()) return;
    this.#armed = true;
    const waitMs = head.dueMs - this.#wire.clock.monotonicMs();
    if (waitMs > 0) this.#delivery = this.#wire.clock.setTimer(waitMs, () => this.#deliver());
    else this.#wire.clock.nextTurn(() => this.#deliver());
  }

  #deliver(): void {
    this.#armed = false;
    try {
      while (this.#letsThrough()) {
        const parcel = this.#parcels[0];
        if (parcel === undefined || parcel.dueMs > this.#wire.clock.monotonicMs()) break;
        this.#parcels.shift();
        this.#parcelBytes -= parcel.weight;
        this.#unpack(parcel);
      }
    } finally {
      this.#arm();
    }
    if (this.#open) this.#other.#owner.onArrived();
  }

  #unpack(parcel: Parcel): void {
    if ('closes' in parcel) {
      this.#end();
      this.#owner.onClosed(parcel.closes, this.#hasLost);
    } else {
      // A copy, so that the two nodes share nothing.
      this.#owner.onMessage(parcel.channelName, new Uint8Array(parcel.bytes));
    }
  }

  #lose(parcel: Parcel): void {
    if ('bytes' in parcel) this.#other.#hasLost = true;
  }

  #letsThrough(): boolean {
    return this.#open && !this.#owner.frozen && !this.#isCutOff();
  }

  #isCutOff(): boolean {
    return this.#wire.isCut(this.#other.#owner.nodeId, this.#owner.nodeId);
  }

  /** Nothing is sent to keep a link alive: it dies of silence only when something keeps the other end from being heard. */
  #watchSilence(): void {
    // A frozen process has no timer that fires; when it goes on, it first reads what has arrived.
    const isSilent = this.#open && !this.#owner.frozen && (this.#isCutOff() || this.#other.#owner.frozen);
    if (isSilent) {
      this.#silence ??= this.#wire.clock.setTimer(this.#owner.idleTimeoutMs, () => this.#dieOfSilence());
    } else {
      this.#silence?.cancel();
      this.#silence = undefined;
    }
  }

  #dieOfSilence(): void {
    const hasLost = this.#hasLost || this.inflightBytes > 0;
    this.close('reset');
    this.#owner.onClosed('silent', hasLost);
  }

  #end(): void {
    this.#open = false;
    for (const parcel of this.#parcels.splice(0)) this.#lose(parcel);
    this.#parcelBytes = 0;
    this.#delivery?.cancel();
    this.#silence?.cancel();
    this.#silence = undefined;
  }
}
