import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSocketAddress, parseSocketAddress } from './socket-address.ts';

describe('HOST:PORT', () => {
  it('reads names, IPv4 and bracketed IPv6', () => {
    expect(parseSocketAddress('localhost:9092')).toEqual({ host: 'localhost', port: 9092 });
    expect(parseSocketAddress('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
    expect(parseSocketAddress('[::1]:65535')).toEqual({ host: '::1', port: 65535 });
    expect(parseSocketAddress('[fe80::1%eth0]:1')).toEqual({ host: 'fe80::1%eth0', port: 1 });
  });

  it.each([
    '',
    '9092',
    ':9092',
    'host',
    'host:',
    'host:65536',
    'host:-1',
    'host:9 2',
    '::1:9092',
    '[::1]',
    '[host]:1',
    'a b:1',
    'http://h:1',
    'h:1/',
  ])('refuses %j', (text) => {
    expect(parseSocketAddress(text)).toBeUndefined();
  });

  it('writes what it reads', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(host, fc.nat(65535), (name, port) => {
        expect(parseSocketAddress(formatSocketAddress({ host: name, port }))).toEqual({ host: name, port });
      }),
    );
  });
});
