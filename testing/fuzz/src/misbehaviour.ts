import { connect, type Socket } from 'node:net';
import { apis } from '@streambus/kafka';
import type { Dice } from './dice.ts';
import { frame } from './large-requests.ts';
import { filledTopic } from './names.ts';

/** Connections that go on in one bad way until they are told to stop. */
export interface Misbehaviour {
  /** How often the broker has ended one of them. */
  readonly ended: number;
  stop(): void;
}

const reopenMs = 500;
const mib = 1024 * 1024;

/** Connections that ask for much and never read any of it. */
export function neverRead(port: number, count: number): Misbehaviour {
  const partitions = Array.from({ length: 4 }, (_, partition) => ({
    partition,
    fetchOffset: 0,
    partitionMaxBytes: 50 * mib,
  }));
  const asks = { maxBytes: 50 * mib, minBytes: 1, maxWaitMs: 100 };
  const fetch = frame(apis.fetch, 11, { ...asks, topics: [{ topic: filledTopic, partitions }] });
  const metadata = frame(apis.metadata, 9, { topics: null });
  const questions = Buffer.concat(Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? metadata : fetch)));
  return keepOpen(port, count, (socket) => {
    socket.pause();
    socket.write(questions);
  });
}

/** Connections that announce a large frame, send a part of it and stay. */
export function halfSend(port: number, count: number, partBytes: number): Misbehaviour {
  const part = Buffer.alloc(partBytes, 1);
  part.writeInt32BE(30 * mib, 0);
  return keepOpen(port, count, (socket) => void socket.resume().write(part));
}

/** Connections that send one byte now and then. */
export function sendSlowly(port: number, count: number, dice: Dice): Misbehaviour {
  const question = frame(apis.metadata, 9, { topics: null });
  return keepOpen(port, count, (socket) => {
    let at = 0;
    socket.resume();
    const timer = setInterval(() => socket.write(question.subarray(at, ++at % question.length)), dice.between(20, 400));
    socket.on('close', () => clearInterval(timer));
  });
}

/** Opens connections in waves, says nothing, and drops them. @returns how many were open together */
export async function openIdle(port: number, total: number, atOnce: number, holdMs: number): Promise<number> {
  let most = 0;
  for (let left = total; left > 0; left -= atOnce) {
    const wave: Socket[] = [];
    for (let index = 0; index < Math.min(left, atOnce); index += 200) {
      const some = Math.min(200, Math.min(left, atOnce) - index);
      wave.push(...(await Promise.all(Array.from({ length: some }, () => opened(port)))));
    }
    most = Math.max(most, wave.filter((socket) => !socket.destroyed).length);
    await new Promise((resolve) => setTimeout(resolve, holdMs));
    for (const [index, socket] of wave.entries()) {
      if (index % 3 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
  return most;
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function keepOpen(port: number, count: number, begin: (socket: Socket) => void): Misbehaviour {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;
  let ended = 0;
  const open = (): void => {
    if (isStopped) return;
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('connect', () => begin(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (isStopped) return;
      ended++;
      const timer = setTimeout(() => {
        timers.delete(timer);
        open();
      }, reopenMs);
      timers.add(timer);
    });
  };
  for (let index = 0; index < count; index++) open();
  return {
    get ended() {
      return ended;
    },
    stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}
