import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KvProcess } from './kv-process.ts';

const timeout = 60_000;
const ids = [1, 2, 3];

/** Loopback addresses that nothing else uses: Linux has 16 million. */
const network = `127.${2 + ((process.pid >>> 8) % 250)}.${process.pid & 0xff}`;

describe('three processes', { timeout }, () => {
  const nodes = new Map<number, KvProcess>();
  let folder: string;

  const node = (id: number): KvProcess => {
    const found = nodes.get(id);
    if (found === undefined) throw new Error(`there is no node ${id}`);
    return found;
  };
  const living = (): readonly KvProcess[] => [...nodes.values()].filter(({ lives }) => lives);
  const inTurn = (turn: number): KvProcess => living()[turn % living().length] as KvProcess;

  async function start(id: number): Promise<void> {
    const started = await KvProcess.start({
      KV_ID: `${id}`,
      KV_MEMBERS: ids.map((member) => `${network}.${member}:7001`).join(),
      KV_HTTP: `${network}.${id}:8001`,
      KV_DATA: join(folder, `${id}`),
    });
    nodes.set(id, started);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replicated-kv-'));
    await Promise.all(ids.map(start));
  }, timeout);

  afterAll(async () => {
    await Promise.all(living().map((one) => one.end('SIGKILL')));
    await rm(folder, { recursive: true });
  });

  it('what is written through one node is read through each of them', async () => {
    for (const { id } of living()) {
      const { status, version } = await node(id).put('orders', `two coffees, says ${id}`);
      expect(status).toBe(204);
      for (const reader of living()) {
        expect(await reader.get('/keys/orders')).toEqual({ status: 200, version, body: `two coffees, says ${id}` });
      }
    }
    expect(await node(1).get('/keys/nothing')).toMatchObject({ status: 404 });
  });

  it('a write on a version that is not there any more is refused, so a counter counts every increment once', async () => {
    const increments = 10;
    const increment = async (through: KvProcess): Promise<void> => {
      for (;;) {
        const { body, version } = await through.get('/keys/counter');
        const { status } = await through.put('counter', `${Number(body) + 1}`, version || 0);
        if (status === 204) return;
        expect(status).toBe(412);
      }
    };
    await Promise.all(
      living().map(async (through) => {
        for (let count = 0; count < increments; count++) await increment(through);
      }),
    );
    expect(await node(2).get('/keys/counter')).toMatchObject({ body: `${ids.length * increments}` });
  });

  it('the leader is killed: what was answered before and after is read through the others, and through it when it is back', async () => {
    const leader = await node(1).leader();
    const acknowledged = new Map<string, string>();
    const isAnswered = async (through: KvProcess, key: string, value: string): Promise<boolean> => {
      // The one that is killed may have written it or not, so it is written again.
      const answer = await through.put(key, value).catch(() => undefined);
      return answer?.status === 204;
    };
    const write = async (writer: number): Promise<void> => {
      const key = `writer-${writer}`;
      for (let number = 1; number <= 30; number++) {
        for (let turn = writer; !(await isAnswered(inTurn(turn), key, `${number}`)); turn++);
        acknowledged.set(key, `${number}`);
        const reader = inTurn(writer + number);
        const seen = await reader.get(`/keys/${key}`).catch(() => undefined);
        if (reader.lives) expect(seen?.body).toBe(`${number}`);
        if (writer === 0 && number === 10) await node(leader).end('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
    expect(
      living()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.filter((id) => id !== leader));
    await start(leader);
    for (const reader of living()) {
      for (const [key, body] of acknowledged) expect(await reader.get(`/keys/${key}`)).toMatchObject({ body });
      for (const [key, body] of acknowledged) expect(await reader.get(`/keys/${key}?stale`)).toMatchObject({ body });
    }
    expect(await node(leader).leader()).not.toBe(leader);
  });

  it('stop in order when they are asked to', async () => {
    expect(await Promise.all(living().map((one) => one.end('SIGTERM')))).toEqual([0, 0, 0]);
  });
});

it('is a program of less than 150 lines', async () => {
  const sources = new URL('../src/', import.meta.url);
  const files = await Promise.all((await readdir(sources)).map((file) => readFile(new URL(file, sources), 'utf8')));
  const lines = files.map((text) => text.trimEnd().split('\n').length);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(150);
});
