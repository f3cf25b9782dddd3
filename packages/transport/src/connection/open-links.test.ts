import type { Connection } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryNetwork,
  type ManualClock,
  type MemoryNetwork,
} from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import type { Link } from './link.ts';
import { OpenLinks } from './open-links.ts';

const address = { host: '127.0.0.1', port: 4000 };

interface World {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly links: OpenLinks;
  /** Opens a link to someone who reads what comes, and ends only when asked to. */
  open(): Promise<{ link: Link; peer: Connection; received: string[] }>;
}

async function createWorld(): Promise<World> {
  const clock = createManualClock();
  const network = createMemoryNetwork({ clock });
  const links = new OpenLinks(clock);
  const accepted: Connection[] = [];
  await network.listen(address, (connection) => accepted.push(connection));
  const open: World['open'] = async () => {
    const connection = await clock.until(network.connect(address, { timeoutMs: 1000 }));
    await clock.settle();
    const peer = accepted.pop() as Connection;
    const received: string[] = [];
    peer.start({
      onData: (chunk) => received.push(new TextDecoder().decode(chunk)),
      onEnd: () => received.push('end'),
      onClose: () => received.push('close'),
    });
    return { link: links.open(connection), peer, received };
  };
  return { clock, network, links, open };
}

describe('a link that is ended', () => {
  it('sends what was written, and is gone with the other side’s end', async () => {
    const { clock, links, network, open } = await createWorld();
    const { link, peer, received } = await open();
    link.write([new TextEncoder().encode('bye')]);
    links.end(link);
    await clock.settle();
    expect(received).toEqual(['bye', 'end']);
    peer.end();
    await clock.until(links.untilAllClosed());
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is gone after a second, whatever the other side does', async () => {
    const { clock, links, network, open } = await createWorld();
    const { link } = await open();
    links.end(link);
    await clock.advance(999);
    expect(network.openEnds).toBe(2);
    await clock.advance(1);
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('that was closed already leaves no timer', async () => {
    const { clock, links, open } = await createWorld();
    const { link, peer } = await open();
    peer.destroy();
    await clock.settle();
    links.end(link);
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });
});

it('of those that end, only so many may linger: the oldest makes room', async () => {
  const { clock, links, network, open } = await createWorld();
  const opened: Link[] = [];
  for (let count = 0; count < 258; count++) opened.push((await open()).link);
  for (const link of opened) links.end(link);
  await clock.settle();
  expect(network.openEnds).toBe(2 * 256);
  await clock.advance(1000);
  expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
});

it('all of them are waited for, also those that open and end meanwhile', async () => {
  const { clock, links, network, open } = await createWorld();
  const opened = [await open(), await open(), await open()];
  const all = links.untilAllClosed();
  opened[0]?.link.destroy();
  opened[1]?.peer.destroy();
  if (opened[2] !== undefined) links.end(opened[2].link);
  await clock.until(all);
  expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
});
