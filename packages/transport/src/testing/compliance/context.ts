import type { Clock, SocketAddress } from '@streambus/runtime';
import type { NodeId, TransportOptions } from '../../options.ts';
import type { Transport } from '../../transport.ts';

/** What can be done to a network that some cases need. */
export type TransportFault = 'disconnect' | 'kill' | 'cut';

/** One case's world: a network of its own, with nobody in it. */
export interface TransportComplianceContext {
  /** Whose time the transports run by. It has to pass by itself, or by a hand that lets it pass until the case is over. */
  readonly clock: Clock;
  /** Where each node listens: with port 0, so that each gets a port of its own. Port 1 of the same host must be free, and stay so. */
  readonly listen: SocketAddress;
  /** Makes a transport in this network, adding to the options what the network asks for, such as TLS. */
  createTransport(options: TransportOptions): Transport;
  /** Breaks the connection of two nodes, which may connect again at once. */
  disconnect?(one: NodeId, other: NodeId): void;
  /** Ends a node as `kill -9` does. Nothing is asked of its transport afterwards but {@link Transport.stop}. */
  kill?(id: NodeId): void;
  /** Nothing gets through between two nodes. */
  cut?(one: NodeId, other: NodeId): void;
  /** Ends {@link cut}. Needed with it. */
  heal?(one: NodeId, other: NodeId): void;
}

/** One thing that every transport does. */
export interface TransportComplianceCase {
  /** As in a table of contents: what it is about, and what is shown. */
  readonly name: string;
  /** The hook of {@link TransportComplianceContext} without which it cannot run; leave the case out where there is none. */
  readonly needs?: TransportFault;
  /** Rejects with what is wrong. Stops every transport that it made. */
  run(context: TransportComplianceContext): Promise<void>;
}
