import {
  assert,
  type Connection,
  type Listener,
  type Network,
  NetworkError,
  type SocketAddress,
} from '@streambus/runtime';
import type { SeededRandom } from '@streambus/runtime/testing';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { connect } from './connect.ts';
import { Link, retransmissionUs } from './link.ts';
import type { Socket } from './socket.ts';

/** What the ways between machines are like when nothing is wrong with them. */
export interface NetworkTraits {
  readonly delayUs: number;
  readonly jitterUs: number;
  /** Of a hundred reads so many end in the middle of what has come. */
  readonly splitPercent: number;
  /** How much of a connection's bytes is on its way or unread at a time: the systems' buffers. */
  readonly transitBytes: number;
}

/** A machine with an address: it lives longer than what runs on it. */
export interface Machine {
  readonly host: string;
  /** Whether it has power, and answers for those who do not listen. */
  up: boolean;
  readonly listeners: Map<number, (socket: Socket) => void>;
  readonly sockets: Set<Socket>;
}

const firstEphemeralPort = 49_152;

/** All machines, the ways between them, and the connections over these. */
export class SimulatedNetwork {
  readonly world: World;
  readonly random: SeededRandom;
  readonly traits: NetworkTraits;
  readonly #machines = new Map<string, Machine>();
  readonly #links = new Map<Machine, Map<Machine, Link>>();
  #nextPort = firstEphemeralPort;

  constructor(world: World, random: SeededRandom, traits: NetworkTraits) {
    this.world = world;
    this.random = random;
    this.traits = traits;
  }

  /** The machine at an address; made when it is first named. */
  machine(host: string): Machine {
    const known = this.#machines.get(host);
    if (known !== undefined) return known;
    const machine: Machine = { host, up: true, listeners: new Map(), sockets: new Set() };
    const links = new Map<Machine, Link>();
    for (const other of this.#machines.values()) {
      links.set(other, this.#newLink());
      this.#links.get(other)?.set(machine, this.#newLink());
    }
    links.set(machine, new Link(20, 0));
    this.#machines.set(host, machine);
    this.#links.set(machine, links);
    return machine;
  }

  /** The way from one machine to another. */
  link(from: Machine, to: Machine): Link {
    const link = this.#links.get(from)?.get(to);
    assert(link !== undefined, () => `there is no way from ${from.host} to ${to.host}`);
    return link;
  }

  /** Cuts a way. What is on it arrives; what is sent from now on waits. */
  cut(from: Machine, to: Machine): void {
    this.link(from, to).cuts++;
  }

  /** Takes one cut back. What waits to be sent is sent some time after the way is open. */
  mend(from: Machine, to: Machine): void {
    const link = this.link(from, to);
    link.cuts--;
    if (link.cut) return;
    for (const socket of from.sockets) if (socket.remoteMachine === to) this.#sendAgain(socket);
    // Who waits to hear that something has arrived hears it now.
    for (const socket of to.sockets) if (socket.remoteMachine === from) this.#sendAgain(socket);
  }

  /** A way is as fast as it was meant to be: what waits along it comes at once. */
  clear(from: Machine, to: Machine): void {
    this.link(from, to).hasCleared();
    for (const socket of from.sockets) if (socket.remoteMachine === to) socket.hurry();
  }

  /** Ends every connection between two machines, as a firewall does that has forgotten them. @returns how many */
  reset(one: Machine, other: Machine): number {
    const ends = [...one.sockets].filter(({ remoteMachine }) => remoteMachine === other);
    for (const end of ends) {
      end.reset();
      end.peer?.reset();
    }
    return ends.length;
  }

  /** What ran on it has ended; the system ends its connections, if there still is one. */
  endProcess(machine: Machine, powerLost: boolean): void {
    machine.listeners.clear();
    machine.up = !powerLost;
    for (const socket of [...machine.sockets]) socket.abandon(powerLost);
  }

  /** A machine has power again, and answers who sends to connections that it has forgotten. */
  boot(machine: Machine): void {
    machine.up = true;
    for (const other of this.#machines.values()) {
      for (const socket of other.sockets) if (socket.remoteMachine === machine) this.#sendAgain(socket);
    }
  }

  /** The network as a process on that machine sees it. */
  portOf(process: SimulatedProcess, machine: Machine): Network {
    return {
      listen: async (address, onConnection) => this.#listen(process, machine, address, onConnection),
      connect: (address, options): Promise<Connection> =>
        connect(this, { process, machine, address, port: this.takePort(), ...options }),
    };
  }

  takePort(): number {
    this.#nextPort = this.#nextPort === 65_535 ? firstEphemeralPort : this.#nextPort + 1;
    return this.#nextPort;
  }

  #listen(
    process: SimulatedProcess,
    machine: Machine,
    address: SocketAddress,
    onConnection: (connection: Connection) => void,
  ): Listener {
    const port = address.port === 0 ? this.takePort() : address.port;
    if (machine.listeners.has(port)) {
      throw new NetworkError('NETWORK_ADDRESS_IN_USE', `listen on port ${port}: another listener has it`);
    }
    machine.listeners.set(port, (socket) => {
      socket.process = process;
      process.wake('input', () => onConnection(socket));
    });
    return {
      address: { host: machine.host, port },
      close: async () => {
        machine.listeners.delete(port);
      },
    };
  }

  #sendAgain(socket: Socket): void {
    this.world.after(retransmissionUs(this.random), () => socket.sendAgain());
  }

  #newLink(): Link {
    return new Link(this.traits.delayUs, this.traits.jitterUs);
  }
}
