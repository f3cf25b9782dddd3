import {
  type Clock,
  type Connection,
  type Listener,
  type Network,
  NetworkError,
  type SocketAddress,
  TlsError,
  type TlsPeer,
  toError,
} from '@streambus/runtime';
import type { Link } from '../connection/link.ts';
import type { OpenLinks } from '../connection/open-links.ts';
import { TransportError } from '../errors.ts';
import type { RefusalReason } from '../reasons.ts';
import type { Hello, Refusal } from '../wire/hello.ts';
import { ProtocolViolation } from '../wire/protocol-violation.ts';
import { HandshakeLost, readHandshake, untilAnswered, writeHello, writeRefusal } from './handshake-link.ts';
import { describeTlsError, type LinkSecurity, type SecureLink, secureLink } from './secure-link.ts';
import { judgeCertificate } from './verify-certificate.ts';

/** What an acceptor allows. */
export interface AcceptorOptions {
  readonly handshakeTimeoutMs: number;
  readonly maxHandshakes: number;
  readonly maxHandshakesPerAddress: number;
}

/** What the acceptor does with a hello that nothing speaks against: answers it, or not. */
export type Admission =
  | { readonly type: 'answer'; readonly hello: Hello }
  | { readonly type: 'refuse'; readonly refusal: Refusal };

/** What an acceptor needs, and whom it asks. */
export interface AcceptorDependencies {
  readonly clock: Clock;
  readonly network: Network;
  readonly security: LinkSecurity | undefined;
  readonly links: OpenLinks;
  /** Decides on a hello. */
  admit(hello: Hello, certificate: TlsPeer | undefined): Admission;
  /** The peer has seen the answer: the link is its connection from here on, or is ended by the callee. */
  established(link: Link, hello: Hello): void;
  /** This side refused: for the log and the counters. */
  onRefused(refusal: Refusal, from: SocketAddress, hello: Hello | undefined): void;
  /** The dialler refused this node; before its hello when it distrusts this node's certificate. */
  onRefusedByDialler(
    refusal: Refusal,
    from: SocketAddress,
    hello: Hello | undefined,
    certificate: TlsPeer | undefined,
  ): void;
}

/** A connection that is not a peer's yet, or will not be one and has not ended. */
interface Pending {
  readonly connection: Connection;
  /** Why it was ended from here, if it was. */
  ended: RefusalReason | undefined;
  done: Promise<void> | undefined;
}

/** Listens, and makes connections out of what comes. Whatever comes costs bounded memory for a bounded time. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #its: AcceptorDependencies;
  /** Oldest first. */
  readonly #pending = new Set<Pending>();
  #listener: Listener | undefined;
  #listening: Promise<void> | undefined;
  #closed = false;
  acceptedConnections = 0;

  constructor(options: AcceptorOptions, dependencies: AcceptorDependencies) {
    this.#options = options;
    this.#its = dependencies;
  }

  get handshakesInProgress(): number {
    return this.#pending.size;
  }

  get address(): SocketAddress | undefined {
    return this.#listener?.address;
  }

  /** @throws TransportError `TRANSPORT_LISTEN` */
  listen(address: SocketAddress): Promise<void> {
    this.#listening = this.#listen(address);
    return this.#listening;
  }

  /** Stops listening, also where that was only about to begin, and ends every handshake. */
  async close(): Promise<void> {
    this.#closed = true;
    // Why it failed is told to who asked for it.
    await this.#listening?.catch(() => {});
    await this.#listener?.close();
    const pending = [...this.#pending];
    for (const one of pending) this.#end(one, 'stopping');
    await Promise.all(pending.map(({ done }) => done));
  }

  async #listen(address: SocketAddress): Promise<void> {
    try {
      this.#listener = await this.#its.network.listen(address, (connection) => this.#accept(connection));
    } catch (thrown) {
      const cause = toError(thrown);
      throw new TransportError('TRANSPORT_LISTEN', cause.message, { cause, retriable: thrown instanceof NetworkError });
    }
  }

  #accept(connection: Connection): void {
    // It was on its way when this was closed.
    if (this.#closed) {
      connection.destroy();
      return;
    }
    this.acceptedConnections++;
    const { host } = connection.remoteAddress;
    const sameAddress = [...this.#pending].filter((other) => other.connection.remoteAddress.host === host);
    if (sameAddress.length >= this.#options.maxHandshakesPerAddress) this.#evict(sameAddress[0]);
    else if (this.#pending.size >= this.#options.maxHandshakes) this.#evict(this.#pending.values().next().value);
    const pending: Pending = { connection, ended: undefined, done: undefined };
    this.#pending.add(pending);
    const timer = this.#its.clock.setTimer(this.#options.handshakeTimeoutMs, () => this.#end(pending, 'timeout'));
    pending.done = this.#handshake(pending).finally(() => {
      timer.cancel();
      this.#pending.delete(pending);
    });
  }

  #evict(oldest: Pending | undefined): void {
    if (oldest === undefined) return;
    this.#end(oldest, 'too-many');
    this.#pending.delete(oldest);
  }

  #end(pending: Pending, reason: RefusalReason): void {
    pending.ended ??= reason;
    pending.connection.destroy();
  }

  async #handshake(pending: Pending): Promise<void> {
    const { security, links } = this.#its;
    let hello: Hello | undefined;
    let link: Link | undefined;
    try {
      const options = { role: 'server', security, timeoutMs: this.#options.handshakeTimeoutMs } as const;
      const secured = await secureLink(pending.connection, links, options);
      link = secured.link;
      const distrusted = secured.peer && judgeCertificate(secured.peer);
      if (distrusted !== undefined) {
        await this.#refuse(pending, link, distrusted, undefined);
        return;
      }
      const handshake = await readHandshake(link);
      if (handshake.type === 'refusal') {
        this.#refusedByDialler(secured, handshake.refusal, undefined);
        return;
      }
      hello = handshake.hello;
      const admission = this.#its.admit(hello, secured.peer);
      if (admission.type === 'refuse') {
        await this.#refuse(pending, link, admission.refusal, hello);
        return;
      }
      writeHello(link, admission.hello);
      const refusal = await untilAnswered(link);
      if (refusal === undefined) this.#its.established(link, hello);
      else this.#refusedByDialler(secured, refusal, hello);
    } catch (thrown) {
      await this.#failed(pending, link, hello, toError(thrown));
    }
  }

  #refusedByDialler({ link, peer }: SecureLink, refusal: Refusal, hello: Hello | undefined): void {
    link.destroy();
    this.#its.onRefusedByDialler(refusal, link.remoteAddress, hello, peer);
  }

  async #failed(pending: Pending, link: Link | undefined, hello: Hello | undefined, error: Error): Promise<void> {
    if (error instanceof ProtocolViolation && link !== undefined) {
      await this.#refuse(pending, link, { reason: 'malformed', detail: error.message }, hello);
      return;
    }
    pending.connection.destroy();
    // A fault of this node, or what a handler or listener threw at the first frame: not for the network to excuse.
    if (!(error instanceof HandshakeLost || error instanceof TlsError)) throw error;
    const reason = pending.ended ?? reasonOf(error);
    if (reason === undefined) return;
    this.#its.onRefused({ reason, detail: detailOf(reason, error) }, pending.connection.remoteAddress, hello);
  }

  /** It stays among the pending until it has gone: whoever is refused and stays is held to the same bounds. */
  async #refuse(pending: Pending, link: Link, refusal: Refusal, hello: Hello | undefined): Promise<void> {
    writeRefusal(link, refusal);
    this.#its.links.end(link);
    this.#its.onRefused(refusal, pending.connection.remoteAddress, hello);
    await link.untilClosed();
  }
}

/** @returns undefined for whoever only looks whether someone listens here, and leaves: nothing was refused */
function reasonOf(error: HandshakeLost | TlsError): RefusalReason | undefined {
  if (error instanceof HandshakeLost || error.code === 'TLS_CLOSED') return undefined;
  return error.code === 'TLS_TIMEOUT' ? 'timeout' : 'malformed';
}

function detailOf(reason: RefusalReason, error: Error): string {
  if (reason === 'timeout') return 'the handshake was not complete in time';
  if (reason === 'too-many') return 'a newer handshake took its place';
  if (reason === 'stopping') return 'this node stops';
  return error instanceof TlsError ? describeTlsError(error) : error.message;
}
