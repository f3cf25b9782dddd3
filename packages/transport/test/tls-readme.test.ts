import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TlsCredentials } from '@streambus/runtime';
import { expect, it } from 'vitest';
import { TcpProxy } from './tls/tcp-proxy.ts';
import { authority, describe, nowhere, startTlsNode, until, watchingTls } from './tls/tls-node.ts';

const here = new URL('.', import.meta.url).pathname;

/** The block of README.md that reloads credentials. */
async function readExample(): Promise<string> {
  const readme = await readFile(join(here, '..', 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
  const example = blocks.find((code) => code.includes('reloadCredentials'));
  if (example === undefined) throw new Error('README.md has no example of reloadCredentials');
  return example;
}

async function writeCredentials(folder: string, credentials: TlsCredentials): Promise<void> {
  await writeFile(join(folder, 'node-1.crt'), credentials.certificate);
  await writeFile(join(folder, 'node-1.key'), credentials.privateKey);
  await writeFile(join(folder, 'authorities.crt'), credentials.authorities);
}

it('the example of TLS in README.md connects, reloads what is good, and goes on without what is not', {
  timeout: 20_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(here, 'readme-example-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'broker.ts'), await readExample());

  const tlsPort = watchingTls();
  const issue = (notAfter: string) => authority.issue({ names: ['node-1'], notAfter: new Date(notAfter) });
  const first = issue('2071-01-01T00:00:00Z');
  await writeCredentials(folder, first);
  const two = stack.use(await startTlsNode({ nodeId: 2, clusterId: 'orders', tlsPort }));
  two.transport.setPeers([{ id: 1, address: nowhere }]);
  const proxy = stack.use(await TcpProxy.start(two.port));

  const parameters = ['--conditions=@streambus/source', 'broker.ts', '0', String(proxy.address.port)];
  const child = spawn(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  stack.defer(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const printed: string[] = [];
  createInterface(child.stdout).on('line', (line) => printed.push(line));

  const connects = (): number => two.metricsOf(1).connects;
  const reconnect = async (): Promise<void> => {
    const before = connects();
    proxy.cut();
    await until('it is connected again', () => connects() > before);
  };
  const hangUp = async (lines: number): Promise<void> => {
    child.kill('SIGHUP');
    await until('it has said what became of it', () => printed.length >= lines);
  };
  const isShown = (credentials: TlsCredentials): void =>
    expect(tlsPort.met.at(-1)).toBe(describe(credentials).fingerprint);

  await until('it is connected', () => connects() === 1);
  isShown(first);

  const second = issue('2072-01-01T00:00:00Z');
  await writeCredentials(folder, second);
  await hangUp(1);
  expect(printed).toEqual(['reloaded; valid until 2072-01-01T00:00:00.000Z']);
  expect(connects()).toBe(1);
  await reconnect();
  isShown(second);

  await writeCredentials(folder, { ...issue('2073-01-01T00:00:00Z'), privateKey: first.privateKey });
  await hangUp(2);
  expect(printed[1]).toMatch(/^the former go on: .*privateKey is not the key of the certificate/);
  await reconnect();
  isShown(second);
});
