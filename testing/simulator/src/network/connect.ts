import {
  type Connection,
  type ConnectOptions,
  formatAddress,
  NetworkError,
  type NetworkErrorCode,
  type SocketAddress,
} from '@streambus/runtime';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { Machine, SimulatedNetwork } from './simulated-network.ts';
import { Socket } from './socket.ts';

/** Who wants to be connected, and with whom. */
export interface ConnectAttempt extends ConnectOptions {
  readonly process: SimulatedProcess;
  readonly machine: Machine;
  readonly address: SocketAddress;
  /** The own end's. */
  readonly port: number;
}

const handshakeBytes = 60;
const firstRetryUs = 1_000_000;

/** Connects as TCP does: a first packet that is sent again while nobody answers, and an answer, or a refusal by a machine that nobody listens on. */
export function connect(network: SimulatedNetwork, attempt: ConnectAttempt): Promise<Connection> {
  const { process, address, timeoutMs, signal } = attempt;
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (end: () => void): void => {
      if (settled) return;
      settled = true;
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    const onAbort = (): void => settle(() => reject(connectError('NETWORK_CLOSED', address, 'given up')));
    const timer = process.clock.setTimer(timeoutMs, () => {
      settle(() => reject(connectError('NETWORK_TIMEOUT', address, `no answer within ${timeoutMs} ms`)));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    knock(network, attempt, firstRetryUs, {
      isOver: () => settled || !process.alive,
      onAccepted: (socket) => {
        if (settled) socket.destroy();
        else settle(() => resolve(socket));
      },
      onRefused: () => settle(() => reject(connectError('NETWORK_REFUSED', address, 'nobody listens there'))),
    });
  });
}

interface KnockHandlers {
  isOver(): boolean;
  onAccepted(socket: Socket): void;
  onRefused(): void;
}

/** Sends the first packet, and again after a growing while. */
function knock(network: SimulatedNetwork, attempt: ConnectAttempt, retryUs: number, handlers: KnockHandlers): void {
  const { world, random } = network;
  const { machine: from, address } = attempt;
  const to = network.machine(address.host);
  const there = network.link(from, to);
  let heard = false;
  if (!there.cut) {
    world.at(there.arrivalUs(world.nowUs, handshakeBytes, random), () => {
      if (!to.up || handlers.isOver()) return false;
      heard = answer(network, attempt, to, handlers);
      return false;
    });
  }
  world.after(retryUs, () => {
    if (!heard && !handlers.isOver()) knock(network, attempt, retryUs * 2, handlers);
    return false;
  });
}

/** @returns whether the answer is on its way */
function answer(network: SimulatedNetwork, attempt: ConnectAttempt, to: Machine, handlers: KnockHandlers): boolean {
  const { world, random } = network;
  const { process, machine: from, address, port } = attempt;
  const back = network.link(to, from);
  if (back.cut) return false;
  const accept = to.listeners.get(address.port);
  const atUs = back.arrivalUs(world.nowUs, handshakeBytes, random);
  if (accept === undefined) {
    world.at(atUs, () => process.wake('input', () => handlers.onRefused()));
    return true;
  }
  const clientAddress = { host: from.host, port };
  const serverAddress = { host: to.host, port: address.port };
  const client = new Socket(network, from, to, { localAddress: clientAddress, remoteAddress: serverAddress });
  const server = new Socket(network, to, from, { localAddress: serverAddress, remoteAddress: clientAddress });
  client.process = process;
  client.join(server);
  server.join(client);
  accept(server);
  world.at(atUs, () => process.wake('input', () => handlers.onAccepted(client)));
  return true;
}

function connectError(code: NetworkErrorCode, address: SocketAddress, why: string): NetworkError {
  return new NetworkError(code, `connect to ${formatAddress(address)}: ${why}`, {
    retriable: code !== 'NETWORK_CLOSED',
  });
}
