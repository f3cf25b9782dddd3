import { createConfState, type NodeId, nodeId, noNode } from '@streambus/raft';
import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { EagerElection } from './eager-election.ts';

/** A voter, among three unless told otherwise, what it knows, and when it has campaigned. */
function voter(id: number, voters: readonly number[] = [1, 2, 3]) {
  const clock = createManualClock();
  const known = { leader: noNode as NodeId, connected: [] as number[], isAble: true, isWriting: false };
  const campaignsMs: number[] = [];
  const election = new EagerElection({
    self: nodeId(id),
    clock,
    random: createSeededRandom(id),
    leader: () => known.leader,
    members: () => createConfState(voters.map(nodeId)),
    isConnected: (peer) => known.connected.includes(peer),
    isAble: () => known.isAble,
    isWriting: () => known.isWriting,
    campaign: () => campaignsMs.push(clock.monotonicMs()),
  });
  return { clock, known, election, campaignsMs };
}

describe('an eager election', () => {
  it('begins when nobody leads and a quorum is connected, and not before', async () => {
    const { clock, known, election, campaignsMs } = voter(1);
    election.consider();
    await clock.advance(1000);
    expect(campaignsMs).toEqual([]);
    known.connected = [3];
    election.consider();
    await clock.advance(30);
    expect(campaignsMs.length).toBe(1);
  });

  it.each(['leader', 'disk'] as const)(
    'does not begin when meanwhile there is a leader, or no disk (%s)',
    async (what) => {
      const { clock, known, election, campaignsMs } = voter(1);
      known.connected = [2, 3];
      election.consider();
      if (what === 'leader') known.leader = nodeId(3);
      else known.isAble = false;
      await clock.advance(1000);
      expect(campaignsMs).toEqual([]);
    },
  );

  it('is the first connected voter’s turn at once, and the next one’s when that has had its time', async () => {
    const begun = await Promise.all(
      [
        { id: 1, connected: [2, 3] },
        { id: 2, connected: [3] },
        { id: 2, connected: [1, 3] },
        { id: 3, connected: [1, 2] },
      ].map(async ({ id, connected }) => {
        const { clock, known, election, campaignsMs } = voter(id);
        known.connected = connected;
        election.consider();
        await clock.advance(150);
        return campaignsMs[0] ?? Number.POSITIVE_INFINITY;
      }),
    );
    const [one = 0, twoAlone = 0, two = 0, three = 0] = begun;
    expect(one).toBeLessThanOrEqual(30);
    expect(twoAlone).toBeLessThanOrEqual(30);
    expect(two).toBeGreaterThanOrEqual(50);
    expect(three).toBeGreaterThanOrEqual(90);
  });

  it('of the only voter begins when that starts, and is not begun again while it may be under way', async () => {
    const { clock, election, campaignsMs } = voter(1, [1]);
    election.start();
    expect(campaignsMs).toEqual([clock.monotonicMs()]);
    await clock.advance(90);
    expect(campaignsMs.length).toBe(1);
    await clock.advance(100);
    expect(campaignsMs.length).toBe(2);
  });

  it('waits while the disk is writing, and comes in the turn after that', async () => {
    const { clock, known, election, campaignsMs } = voter(1);
    known.connected = [2];
    known.isWriting = true;
    election.consider();
    await clock.advance(500);
    expect(campaignsMs).toEqual([]);
    known.isWriting = false;
    await clock.advance(30);
    expect(campaignsMs.length).toBe(1);
  });

  it('waits for another turn whenever this node grants a vote, and comes when nobody asks for one any more', async () => {
    const { clock, known, election, campaignsMs } = voter(2);
    known.connected = [1, 3];
    election.consider();
    for (let grants = 0; grants < 10; grants++) {
      await clock.advance(40);
      election.yield();
    }
    expect(campaignsMs).toEqual([]);
    await clock.advance(70);
    expect(campaignsMs.length).toBe(1);
  });

  it('is tried again at growing intervals, which are short again when somebody has led', async () => {
    const { clock, known, election, campaignsMs } = voter(1);
    known.connected = [2];
    election.consider();
    await clock.advance(2000);
    const gaps = campaignsMs.map((atMs, index) => atMs - (campaignsMs[index - 1] ?? 0));
    expect(gaps.length).toBeGreaterThan(4);
    expect(gaps[4]).toBeGreaterThan(4 * (gaps[0] ?? 0));
    known.leader = nodeId(2);
    election.consider();
    await clock.advance(2000);
    known.leader = noNode;
    const before = campaignsMs.length;
    election.consider();
    await clock.advance(30);
    expect(campaignsMs.length).toBe(before + 1);
  });
});
