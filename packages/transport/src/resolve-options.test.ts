import { describe, expect, it } from 'vitest';
import { bytesCodec, defineChannel, jsonCodec } from './channel.ts';
import type { TransportOptions } from './options.ts';
import { isLoopback, resolveOptions, resolvePeers } from './resolve-options.ts';

const channel = defineChannel({ name: 'c', codec: bytesCodec });
const least: TransportOptions = { clusterId: 'c', nodeId: 1, channels: [channel] };
const at = (port: number, host = '127.0.0.1') => ({ host, port });

describe('options', () => {
  it('have the defaults that their documentation says', () => {
    expect(resolveOptions(least)).toMatchObject({
      incarnation: undefined,
      listen: undefined,
      peers: [],
      secure: false,
      plaintext: 'loopback-only',
      features: 0,
      maxMessageBytes: 10 * 1024 * 1024,
      connectTimeoutMs: 5000,
      handshakeTimeoutMs: 5000,
      pingIntervalMs: 1000,
      idleTimeoutMs: 5000,
      minBackoffMs: 100,
      maxBackoffMs: 30_000,
      backoffResetAfterMs: 1000,
      breakerOpensAfterMs: 3000,
      maxHandshakes: 256,
      maxHandshakesPerAddress: 64,
    });
    expect(resolveOptions(least).certificateName(7)).toBe('node-7');
  });

  const refused: readonly [message: string, options: Partial<TransportOptions>][] = [
    ['clusterId has 0 bytes; 1 to 255 are allowed', { clusterId: '' }],
    ['clusterId has 256 bytes; 1 to 255 are allowed', { clusterId: 'é'.repeat(128) }],
    ['clusterId is no text: it has half of a surrogate pair', { clusterId: 'half \ud800' }],
    ['nodeId is -1; an integer from 0 to 2^53-1 is allowed', { nodeId: -1 }],
    ['nodeId is 9007199254740992; an integer from 0 to 2^53-1 is allowed', { nodeId: 2 ** 53 }],
    ['incarnation is 1.5; an integer from 0 to 2^53-1 is allowed', { incarnation: 1.5 }],
    ['there are 0 channels; 1 to 64 are allowed', { channels: [] }],
    ["channel 'c' is given twice", { channels: [channel, { ...channel }] }],
    ['features is 4294967296; an integer from 0 to 4294967295 is allowed', { features: 2 ** 32 }],
    ['maxMessageBytes is 0; an integer from 1 to 1073741824 is allowed', { maxMessageBytes: 0 }],
    ['connectTimeoutMs is NaN; an integer from 1 to 2147483647 is allowed', { connectTimeoutMs: Number.NaN }],
    ['pingIntervalMs is 1000; at most a third of idleTimeoutMs (2000) is allowed', { idleTimeoutMs: 2000 }],
    ['minBackoffMs is 100; at most maxBackoffMs (99) is allowed', { maxBackoffMs: 99 }],
    ['peer 2 is listed twice', { peers: [1, 2].map((port) => ({ id: 2, address: at(port) })) }],
    ['the port of peer 2 is 0; 1 to 65535 are allowed', { peers: [{ id: 2, address: at(0) }] }],
    ['the address of peer 2 has no host', { peers: [{ id: 2, address: at(9, '') }] }],
    ['the id of a peer is 0.5; an integer from 0 to 2^53-1 is allowed', { peers: [{ id: 0.5, address: at(9) }] }],
  ];

  it.each(refused)('are refused: %s', (message, options) => {
    expect(() => resolveOptions({ ...least, ...options })).toThrow(
      expect.objectContaining({ code: 'TRANSPORT_INVALID_OPTION', message }),
    );
  });

  it('bounds are allowed themselves', () => {
    const bounds = {
      clusterId: 'é'.repeat(127),
      nodeId: 2 ** 53 - 1,
      features: 2 ** 32 - 1,
      idleTimeoutMs: 3,
      pingIntervalMs: 1,
      maxBackoffMs: 100,
    };
    expect(resolveOptions({ ...least, ...bounds })).toMatchObject(bounds);
  });
});

describe('a list of peers', () => {
  it('may have this node itself in it, wherever that listens', () => {
    const peers = [1, 2, 3].map((id) => ({ id, address: at(4000, id === 1 ? '10.0.0.1' : '127.0.0.1') }));
    expect(resolvePeers(peers, resolveOptions(least)).map(({ id }) => id)).toEqual([2, 3]);
  });
});

describe('without TLS', () => {
  const elsewhere = at(4000, '10.0.0.1');

  it.each<[string, Partial<TransportOptions>]>([
    ['listen', { listen: elsewhere }],
    ['peer 2', { peers: [{ id: 2, address: elsewhere }] }],
  ])('no address beyond this machine is used: %s', (what, options) => {
    const message = `${what} is at 10.0.0.1:4000, which is not loopback: give 'tls', or plaintext: 'anywhere-without-encryption'`;
    expect(() => resolveOptions({ ...least, ...options })).toThrow(
      expect.objectContaining({ code: 'TRANSPORT_PLAINTEXT_REFUSED', message }),
    );
    expect(resolveOptions({ ...least, ...options, plaintext: 'anywhere-without-encryption' })).toBeDefined();
  });

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '::1', '::ffff:127.0.0.1'])(
    '%s is this machine',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(['0.0.0.0', '::', '128.0.0.1', '10.127.0.1', 'localhost.example.org', '127.0.0.1.example.org', '127.1', ''])(
    '%s may be anywhere',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('a channel', () => {
  it('has the defaults that its documentation says', () => {
    expect(channel).toEqual({
      name: 'c',
      codec: bytesCodec,
      priority: 'normal',
      maxQueuedMessages: 256,
      maxQueuedBytes: 16 * 1024 * 1024,
      whenFull: 'drop-newest',
      whilePeerIsDown: 'keep',
    });
  });

  it.each([
    ["the channel name '' has 0 bytes; 1 to 64 are allowed", { name: '' }],
    [`the channel name '${'x'.repeat(65)}' has 65 bytes; 1 to 64 are allowed`, { name: 'x'.repeat(65) }],
    ["the channel name '\udc00' is no text: it has half of a surrogate pair", { name: '\udc00' }],
    ["maxQueuedMessages of channel 'c' is 0; an integer from 1 on is allowed", { maxQueuedMessages: 0 }],
    ["maxQueuedBytes of channel 'c' is 1.5; an integer from 1 on is allowed", { maxQueuedBytes: 1.5 }],
  ])('is refused: %s', (message, options) => {
    expect(() => defineChannel({ name: 'c', codec: bytesCodec, ...options })).toThrow(
      expect.objectContaining({ code: 'TRANSPORT_INVALID_OPTION', message }),
    );
  });

  it('of JSON takes what is JSON, and nothing else', () => {
    const codec = jsonCodec<unknown>();
    const message = { text: 'é\ud83d\ude00', list: [1, null, true] };
    expect(codec.decode(codec.encode(message))).toEqual(message);
    expect(() => codec.decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(TypeError);
    expect(() => codec.decode(new Uint8Array(0))).toThrow(SyntaxError);
  });
});
