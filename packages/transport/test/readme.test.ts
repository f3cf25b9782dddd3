import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

const conditions = '--conditions=@streambus/source';

/** One process of the chat, and what it has printed. */
class Chatter {
  readonly process: ChildProcess;
  readonly #printed: string[] = [];
  #wakers: (() => void)[] = [];

  constructor(file: string, me: number, ports: readonly number[]) {
    const args = [conditions, file, String(me), ...ports.map(String)];
    this.process = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.process.stdout === null) throw new Error('no output to read');
    createInterface(this.process.stdout).on('line', (line) => {
      this.#printed.push(line);
      for (const wake of this.#wakers.splice(0)) wake();
    });
  }

  type(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Ends the input, as Ctrl-D does. */
  async leave(): Promise<number> {
    const exit = once(this.process, 'exit');
    this.process.stdin?.end();
    return (await exit)[0] as number;
  }

  async prints(line: string): Promise<void> {
    while (!this.#printed.includes(line)) await new Promise<void>((resolve) => this.#wakers.push(resolve));
  }
}

const chatters: Chatter[] = [];

afterEach(() => {
  for (const { process } of chatters.splice(0)) process.kill('SIGKILL');
});

it('the example in README.md is a chat of three processes', async () => {
  await runReadmeExample(import.meta.url, async (file) => {
    const ports = await freePorts(3);
    const [ann, bob, cid] = [1, 2, 3].map((me) => new Chatter(file, me, ports)) as [Chatter, Chatter, Chatter];
    chatters.push(ann, bob, cid);
    await Promise.all([ann.prints('* 2 is here'), ann.prints('* 3 is here'), bob.prints('* 3 is here')]);
    await Promise.all([bob.prints('* 1 is here'), cid.prints('* 1 is here'), cid.prints('* 2 is here')]);
    cid.type('hello');
    await Promise.all([ann.prints('3: hello'), bob.prints('3: hello')]);
    ann.type('hello, 3');
    await Promise.all([bob.prints('1: hello, 3'), cid.prints('1: hello, 3')]);
    expect(await bob.leave()).toBe(0);
    await Promise.all([ann.prints('* 2 has left: stopped'), cid.prints('* 2 has left: stopped')]);
    expect(await Promise.all([ann.leave(), cid.leave()])).toEqual([0, 0]);
  });
}, 30_000);

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
