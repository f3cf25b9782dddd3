import { spawnSync } from 'node:child_process';
import { Namespaces, noNamespaces } from '@streambus-testing/namespaces';
import { describe, expect, it } from 'vitest';

const skipped = noNamespaces === undefined ? '' : ` (skipped: ${noNamespaces})`;

/** Sends a datagram from one network to another, and tells whether it arrives within a moment. */
const program = `
  const { createSocket } = require('node:dgram');
  const { spawn } = require('node:child_process');
  const [from, host, port] = process.argv.slice(1);
  const socket = createSocket('udp4');
  const end = (text) => { process.stdout.write(text); process.exit(); };
  socket.bind(Number(port), host, () => {
    const send = "const s = require('node:dgram').createSocket('udp4');" +
      "s.send('hello', " + port + ", '" + host + "', () => setTimeout(() => s.close(), 50));";
    const child = spawn('ip', ['netns', 'exec', from, process.execPath, '-e', send]);
    child.on('exit', () => setTimeout(() => end('lost'), 100));
  });
  socket.on('message', () => end('heard'));
`;

describe.skipIf(noNamespaces !== undefined)(`networks that can be cut${skipped}`, () => {
  it('hear each other, but for what is cut, in the direction in which it is', { timeout: 30_000 }, () => {
    using network = new Namespaces(2);
    const hears = (from: number, to: number): string => {
      const { host, port } = network.peers[to - 1]?.address ?? { host: '', port: 0 };
      const command = ['netns', 'exec', network.nameOf(to), process.execPath, '-e', program];
      return spawnSync('ip', [...command, network.nameOf(from), host, `${port}`], { encoding: 'utf8' }).stdout;
    };
    expect([hears(1, 2), hears(2, 1)]).toEqual(['heard', 'heard']);
    network.cut(1, 2);
    expect([hears(1, 2), hears(2, 1)]).toEqual(['lost', 'heard']);
    network.mend(1, 2);
    expect(hears(1, 2)).toBe('heard');
    network.cut(1, 2);
    network.cut(2, 1);
    network.heal();
    expect([hears(1, 2), hears(2, 1)]).toEqual(['heard', 'heard']);
  });
});
