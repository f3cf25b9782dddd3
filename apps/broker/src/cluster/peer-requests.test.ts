import { silentLogger } from '@streambus/runtime';
import type { MessageHandler, TransportListener } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { PeerRequests } from './peer-requests.ts';

const encode = (text: string): Uint8Array[] => [Buffer.from(text)];
const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const never = new AbortController().signal;

/** Brokers 1 and 2, whose messages arrive as bytes, in order, while they are connected. */
class Pair {
  readonly one = new PeerRequests(silentLogger);
  readonly two = new PeerRequests(silentLogger);
  readonly #handlers = new Map<number, MessageHandler<never>>();
  readonly #listeners = new Map<number, TransportListener>();
  #connected = true;

  constructor() {
    this.#attach(1, 2, this.one);
    this.#attach(2, 1, this.two);
  }

  disconnect(): void {
    this.#connected = false;
    this.#listeners.get(1)?.onPeerDown?.(2, 'silent');
    this.#listeners.get(2)?.onPeerDown?.(1, 'silent');
  }

  #attach(self: number, other: number, requests: PeerRequests): void {
    const { codec } = requests.channel;
    requests.attach({
      send: (to, _channel, message) => {
        if (!this.#connected || to !== other) return 'peer-down' as never;
        const bytes = codec.encode(message as never);
        queueMicrotask(() => this.#handlers.get(other)?.(self, codec.decode(bytes) as never));
        return 'queued';
      },
      receive: (_channel, handler) => void this.#handlers.set(self, handler as never),
      subscribe: (listener) => {
        this.#listeners.set(self, listener);
        return () => this.#listeners.delete(self);
      },
    });
  }
}

describe('requests between brokers', () => {
  it('are answered, each its own, whatever their order', async () => {
    const pair = new Pair();
    const slow = Promise.withResolvers<void>();
    pair.two.serve(async (from, request) => {
      if (decode(request) === 'slow') await slow.promise;
      return [...encode(`${from} asked `), request];
    });
    const first = pair.one.call(2, encode('slow'), never);
    expect(decode(await pair.one.call(2, encode('fast'), never))).toBe('1 asked fast');
    slow.resolve();
    expect(decode(await first)).toBe('1 asked slow');
  });

  it('fail when the peer cannot answer, or is not there', async () => {
    const pair = new Pair();
    await expect(pair.one.call(2, encode('a'), never)).rejects.toMatchObject({ code: 'BROKER_PEER_UNREACHABLE' });
    pair.two.serve(async () => {
      throw new Error('no');
    });
    await expect(pair.one.call(2, encode('a'), never)).rejects.toMatchObject({ code: 'BROKER_PEER_UNREACHABLE' });
    await expect(pair.one.call(3, encode('a'), never)).rejects.toMatchObject({ code: 'BROKER_PEER_UNREACHABLE' });
  });

  it('are given up on both sides when the caller gives them up, or the connection is lost', async () => {
    const pair = new Pair();
    const given: AbortSignal[] = [];
    pair.two.serve((_from, _request, signal) => {
      given.push(signal);
      return new Promise(() => {});
    });
    const controller = new AbortController();
    const call = pair.one.call(2, encode('a'), controller.signal);
    const lost = pair.one.call(2, encode('b'), never);
    await Promise.resolve();
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(given.map(({ aborted }) => aborted)).toEqual([true, false]);
    pair.disconnect();
    await expect(lost).rejects.toMatchObject({ code: 'BROKER_PEER_UNREACHABLE' });
    expect(given.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('beyond a bound are refused at once', async () => {
    const pair = new Pair();
    pair.two.serve(() => new Promise(() => {}));
    const controller = new AbortController();
    const open = Array.from({ length: 64 }, () => pair.one.call(2, encode('a'), controller.signal));
    await expect(pair.one.call(2, encode('one more'), never)).rejects.toMatchObject({
      code: 'BROKER_PEER_UNREACHABLE',
    });
    controller.abort(new Error('enough'));
    for (const call of open) await expect(call).rejects.toThrow('enough');
  });

  it('end with the broker', async () => {
    const pair = new Pair();
    pair.two.serve(() => new Promise(() => {}));
    const call = pair.one.call(2, encode('a'), never);
    pair.one.stop();
    await expect(call).rejects.toMatchObject({ code: 'BROKER_PEER_UNREACHABLE' });
    await expect(pair.one.call(2, encode('b'), never)).rejects.toMatchObject({ code: 'BROKER_PEER_UNREACHABLE' });
  });
});
