import {
  createMessage,
  EntryType,
  emptyBytes,
  logIndex,
  type Message,
  MessageType,
  nodeId,
  term,
} from '@streambus/raft';
import { describe, expect, it } from 'vitest';
import { CommitNotices } from './commit-notices.ts';

interface Fields {
  readonly to?: number;
  readonly term?: number;
  readonly index: number;
  readonly commit: number;
  readonly entries?: number;
}

function append({ to = 2, term: number = 1, index, commit, entries = 0 }: Fields): Message {
  return createMessage({
    type: MessageType.append,
    from: nodeId(1),
    to: nodeId(to),
    term: term(number),
    index: logIndex(index),
    commit: logIndex(commit),
    entries: Array.from({ length: entries }, (_, at) => ({
      term: term(number),
      index: logIndex(index + at + 1),
      type: EntryType.normal,
      data: emptyBytes,
    })),
  });
}

function setUp() {
  const sent: Message[] = [];
  let owed = 0;
  const notices = new CommitNotices({ send: (message) => sent.push(message), onHeld: () => owed++ });
  return { notices, sent, owed: () => owed };
}

describe('commit notices', () => {
  it('go when the turn is over', () => {
    const { notices, sent, owed } = setUp();
    const notice = append({ index: 5, commit: 5 });
    notices.send(notice);
    expect([sent, owed()]).toEqual([[], 1]);
    notices.release();
    notices.release();
    expect(sent).toEqual([notice]);
  });

  it('do not go when an append with entries, or a later notice, says the same', () => {
    const { notices, sent } = setUp();
    const entries = append({ index: 5, commit: 6, entries: 3 });
    notices.send(append({ index: 5, commit: 5 }));
    notices.send(append({ index: 5, commit: 6 }));
    notices.send(entries);
    notices.release();
    expect(sent).toEqual([entries]);
  });

  it.each([
    { because: 'it begins earlier in the log', later: { index: 4, commit: 5, entries: 1 } },
    { because: 'it knows less to be committed', later: { index: 5, commit: 4, entries: 1 } },
    { because: 'it is of another term', later: { index: 5, commit: 5, term: 2, entries: 1 } },
  ])('go before an append that does not say the same: $because', ({ later }) => {
    const { notices, sent } = setUp();
    const notice = append({ index: 5, commit: 5 });
    notices.send(notice);
    notices.send(append(later));
    expect(sent).toEqual([notice, append(later)]);
  });

  it('of one follower are not those of another', () => {
    const { notices, sent } = setUp();
    const toThird = append({ to: 3, index: 5, commit: 5 });
    const entries = append({ index: 5, commit: 5, entries: 1 });
    notices.send(append({ index: 5, commit: 5 }));
    notices.send(toThird);
    notices.send(entries);
    notices.release();
    expect(sent).toEqual([entries, toThird]);
  });
});
