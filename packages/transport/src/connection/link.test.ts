import { type Connection, type ConnectionHandlers, NetworkError } from '@streambus/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Link, type LinkHandlers } from './link.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A connection that a test plays the network to. */
class PlayedConnection implements Connection {
  readonly localAddress = { host: '127.0.0.1', port: 1 };
  readonly remoteAddress = { host: '127.0.0.1', port: 2 };
  readonly queuedBytes = 0;
  readonly calls: string[] = [];
  paused = false;
  handlers: ConnectionHandlers | undefined;

  start(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    this.calls.push(`write ${chunks.map(text).join('')}`);
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.calls.push('end');
  }

  destroy(): void {
    this.calls.push('destroy');
  }
}

function createLink(): { connection: PlayedConnection; link: Link; network: ConnectionHandlers } {
  const connection = new PlayedConnection();
  const link = new Link(connection);
  if (connection.handlers === undefined) throw new Error('a link starts its connection');
  return { connection, link, network: connection.handlers };
}

/** A reader that writes down what it hears. */
function reader(heard: string[], name: string, onData: (chunk: Uint8Array) => void = () => {}): LinkHandlers {
  return {
    onData(chunk) {
      heard.push(`${name} ${text(chunk)}`);
      onData(chunk);
    },
    onDrain: () => heard.push(`${name} drain`),
    onGone: (error) => heard.push(`${name} gone${error === undefined ? '' : ` ${error.code}`}`),
  };
}

const reset = new NetworkError('NETWORK_RESET', 'reset');

describe('the hand-over from one reader to the next', () => {
  it('gives the next one what the first left of a chunk, then what came between them', () => {
    const { connection, link, network } = createLink();
    const heard: string[] = [];
    link.read(reader(heard, 'one', (chunk) => link.hold(chunk.subarray(2))));
    network.onData(bytes('ab-cd'));
    expect(connection.paused).toBe(true);
    network.onData(bytes('ef'));
    link.read(reader(heard, 'two'));
    expect(connection.paused).toBe(false);
    network.onData(bytes('gh'));
    expect(heard).toEqual(['one ab-cd', 'two -cd', 'two ef', 'two gh']);
  });

  it('keeps what came before there was any reader', () => {
    const { link, network } = createLink();
    const heard: string[] = [];
    network.onData(bytes('a'));
    network.onData(bytes('b'));
    link.read(reader(heard, 'one'));
    expect(heard).toEqual(['one a', 'one b']);
  });

  it('in the middle of what was kept: the rest waits for the next', () => {
    const { link, network } = createLink();
    const heard: string[] = [];
    for (const piece of ['a', 'b', 'c']) network.onData(bytes(piece));
    link.read(reader(heard, 'one', (chunk) => link.hold(chunk.subarray(1))));
    expect(heard).toEqual(['one a']);
    link.read(reader(heard, 'two', () => link.read(reader(heard, 'three'))));
    expect(heard).toEqual(['one a', 'two b', 'three c']);
  });

  it.each([
    ['the end', (network: ConnectionHandlers) => network.onEnd?.(), 'two gone'],
    ['a reset', (network: ConnectionHandlers) => network.onClose(reset), 'two gone NETWORK_RESET'],
    ['the close', (network: ConnectionHandlers) => network.onClose(), 'two gone'],
  ])('%s that came between them is told to the next, after the bytes', (_what, happen, told) => {
    const { link, network } = createLink();
    const heard: string[] = [];
    link.read(reader(heard, 'one', (chunk) => link.hold(chunk.subarray(1))));
    network.onData(bytes('ab'));
    network.onData(bytes('c'));
    happen(network);
    network.onClose(reset);
    link.read(reader(heard, 'two'));
    expect(heard).toEqual(['one ab', 'two b', 'two c', told]);
  });

  it('loses nothing, wherever readers change and chunks end', () => {
    const pieces = fc.array(fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme-ascii' }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(4), { maxLength: 60 }), fc.boolean(), (sent, takes, endsEarly) => {
        const { link, network } = createLink();
        let [received, gone, turn]: [string, number, number] = ['', 0, 0];
        const next = (): void => {
          const take = takes[turn++] ?? 99;
          link.read({
            onData(chunk) {
              received += text(chunk.subarray(0, take + 1));
              link.hold(chunk.subarray(take + 1));
              // Every other reader is there at once, the rest only when more has come.
              if (turn % 2 === 0) next();
              else waiting = true;
            },
            onGone: () => gone++,
          });
        };
        let waiting = true;
        for (const piece of sent) {
          network.onData(bytes(piece));
          while (waiting) {
            waiting = false;
            next();
          }
        }
        if (endsEarly) network.onEnd?.();
        network.onClose(undefined);
        while (waiting) {
          waiting = false;
          next();
        }
        expect([received, gone]).toEqual([sent.join(''), 1]);
      }),
    );
  });
});

describe('the end of a link', () => {
  it('is told once, whatever comes first', () => {
    const { link, network } = createLink();
    const heard: string[] = [];
    link.read(reader(heard, 'one'));
    network.onEnd?.();
    network.onClose(reset);
    link.read(reader(heard, 'two'));
    expect(heard).toEqual(['one gone']);
  });

  it.each(['end', 'destroy'] as const)('by %s on this side: nothing is told any more', async (how) => {
    const { connection, link, network } = createLink();
    const heard: string[] = [];
    link.read(reader(heard, 'one'));
    link[how]();
    expect(connection.calls).toEqual([how]);
    network.onData(bytes('late'));
    network.onDrain?.();
    network.onEnd?.();
    network.onClose(reset);
    await link.untilClosed();
    expect(heard).toEqual([]);
  });

  it('that is ended while it is held reads on, so that it can close', () => {
    const { connection, link } = createLink();
    link.hold(new Uint8Array(0));
    link.end();
    expect(connection.paused).toBe(false);
  });

  it('is waited for by all who ask, before and after', async () => {
    const { link, network } = createLink();
    const order: string[] = [];
    const waits = ['one', 'two'].map(async (name) => {
      await link.untilClosed();
      order.push(name);
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    network.onClose();
    await Promise.all(waits);
    await link.untilClosed();
    expect(order).toEqual(['one', 'two']);
  });
});

it('room to write is told to the reader that there is', () => {
  const { connection, link, network } = createLink();
  const heard: string[] = [];
  network.onDrain?.();
  link.read(reader(heard, 'one'));
  expect(link.write([bytes('a'), bytes('b')])).toBe(false);
  network.onDrain?.();
  expect([connection.calls, heard]).toEqual([['write ab'], ['one drain']]);
});
