import type { RaftNode, Session } from '@streambus/raft-node';
import { startTestNode, type TestNode } from '@streambus/raft-node/testing';
import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, decode, encode, type JournalMachine } from './journal.ts';

async function withSession(
  act: (parts: { test: TestNode; node: RaftNode; session: Session; journal: JournalMachine }) => Promise<void>,
  options: { readonly maxSessions?: number } = {},
): Promise<void> {
  const journal = createJournal();
  await using test = await startTestNode(journal, options);
  const session = await test.clock.until(test.node.openSession({ maxOutstanding: 3 }));
  await act({ test, node: test.node, session, journal });
}

describe('a session', () => {
  it('answers as a plain proposal does', () =>
    withSession(async ({ test, session, journal }) => {
      expect(decode(await test.clock.until(session.prepare(encode('a')).submit()))).toBe('1');
      expect(journal.entries).toEqual(['a']);
      expect(session.outstanding).toBe(0);
    }));

  it('applies once what is submitted twice at the same time', () =>
    withSession(async ({ test, session, journal }) => {
      const proposal = session.prepare(encode('a'));
      const answers = await test.clock.until(Promise.all([proposal.submit(), proposal.submit()]));
      expect(answers.map(decode)).toEqual(['1', '1']);
      expect(journal.entries).toEqual(['a']);
    }));

  it('answers after an attempt whose end is unknown with what that attempt did', () =>
    withSession(async ({ test, session, journal }) => {
      const proposal = session.prepare(encode('a'));
      const controller = new AbortController();
      const attempt = proposal.submit({ signal: controller.signal });
      // Its turn has come, so it is on its way; the caller does not wait.
      test.clock.nextTurn(() => controller.abort());
      await expect(test.clock.until(attempt)).rejects.toMatchObject({ outcome: 'unknown' });
      await test.propose(encode('b'));
      expect(decode(await test.clock.until(proposal.submit()))).toBe('1');
      expect(journal.entries).toEqual(['a', 'b']);
    }));

  it('says unknown when a later attempt is rejected but an earlier one may have been applied', () =>
    withSession(async ({ test, session }) => {
      const proposal = session.prepare(encode('a'));
      const controller = new AbortController();
      const attempt = proposal.submit({ signal: controller.signal });
      test.clock.nextTurn(() => controller.abort());
      await expect(test.clock.until(attempt)).rejects.toMatchObject({ outcome: 'unknown' });
      const again = proposal.submit({ signal: AbortSignal.abort() });
      await expect(again).rejects.toMatchObject({ code: 'RAFT_NODE_ABORTED', outcome: 'unknown' });
      // Also when it was given up meanwhile, and can say nothing else any more.
      proposal.abandon();
      await expect(proposal.submit()).rejects.toMatchObject({ code: 'RAFT_NODE_SESSION_EXPIRED', outcome: 'unknown' });
    }));

  it('does not run further ahead than its window', () =>
    withSession(async ({ test, session }) => {
      const [oldest] = ['a', 'b', 'c'].map((text) => session.prepare(encode(text)));
      expect(() => session.prepare(encode('d'))).toThrow(
        expect.objectContaining({ code: 'RAFT_NODE_SESSION_WINDOW_FULL' }),
      );
      oldest?.abandon();
      const next = session.prepare(encode('d'));
      expect([next.sequence, session.outstanding]).toEqual([4, 3]);
      await test.clock.until(next.submit());
    }));

  it('does not apply what was abandoned before it arrived', () =>
    withSession(async ({ test, node, session, journal }) => {
      session.prepare(encode('given up')).abandon();
      await test.clock.until(session.prepare(encode('later')).submit());
      const late = { id: session.id, sequence: 1, firstOutstanding: 1 };
      const attempt = node.propose(encode('given up'), { session: late });
      await expect(test.clock.until(attempt)).rejects.toMatchObject({ code: 'RAFT_NODE_SESSION_EXPIRED' });
      expect(journal.entries).toEqual(['later']);
    }));

  it('ends when it is closed', () =>
    withSession(async ({ test, session, journal }) => {
      await test.clock.until(session.close());
      const expired = { code: 'RAFT_NODE_SESSION_EXPIRED', outcome: 'rejected' };
      await expect(test.clock.until(session.prepare(encode('a')).submit())).rejects.toMatchObject(expired);
      expect([test.node.status().sessions, journal.entries.length]).toEqual([0, 0]);
    }));

  it('makes room for newer ones when it is the least recently used', () =>
    withSession(
      async ({ test, node, session }) => {
        const other = await test.clock.until(node.openSession());
        await test.clock.until(session.prepare(encode('a')).submit());
        await test.clock.until(node.openSession());
        await expect(test.clock.until(other.prepare(encode('b')).submit())).rejects.toMatchObject({
          code: 'RAFT_NODE_SESSION_EXPIRED',
        });
        expect(decode(await test.clock.until(session.prepare(encode('c')).submit()))).toBe('2');
      },
      { maxSessions: 2 },
    ));

  it.each([
    ['the log', 1_000_000],
    ['a snapshot', 1],
  ])('survives a restart from %s, with its answers', async (_from, snapshotAfterEntries) => {
    const disk = createMemoryDisk();
    const options = { disk, storage: { folder: '/raft' }, snapshotAfterEntries };
    const first = await startTestNode(createJournal(), options);
    const session = await first.clock.until(first.node.openSession());
    const stamp = { id: session.id, sequence: 1, firstOutstanding: 1 };
    const answer = await first.clock.until(first.node.propose(encode('a'), { session: stamp }));
    await first.clock.settle();
    disk.crash('unsynced');

    const journal = createJournal();
    const second = await startTestNode(journal, options);
    expect(await second.clock.until(second.node.propose(encode('a'), { session: stamp }))).toEqual(answer);
    expect(journal.entries).toEqual(['a']);
    await second[Symbol.asyncDispose]();
  });
});
