import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../key-value/history.ts';
import type { Content } from '../key-value/key-value-machine.ts';
import { checkPromises } from './kept-promises.ts';

const content: Content = { digest: '', applied: [['a', [[1, 2]]]], repeated: [] };

function write(number: number, outcome: HistoryEntry['outcome'], code?: string): HistoryEntry {
  const input = { type: 'put', key: 'k', value: `a/${number}` } as const;
  const common = { client: 'a', number, input, calledNs: 1, endedNs: 2, outcome, attempts: 1, node: 1 };
  return code === undefined ? common : { ...common, code };
}

describe('promises', () => {
  it('are kept: what was answered is there, what was rejected is not, what is unknown is or is not', () => {
    const history = [write(1, 'answered'), write(2, 'unknown'), write(3, 'rejected'), write(4, 'unknown')];
    expect(checkPromises(history, content)).toEqual([]);
  });

  it('are broken by a write that was acknowledged and is lost', () => {
    expect(checkPromises([write(3, 'answered')], content)).toEqual(['write a/3 was acknowledged and is lost']);
  });

  it('are broken by a write that was rejected and is applied', () => {
    expect(checkPromises([write(2, 'rejected')], content)).toEqual(['write a/2 was rejected and is applied']);
  });

  it('are broken by a write that was applied again', () => {
    const repeated = { ...content, repeated: ['a/1 at 17'] };
    expect(checkPromises([], repeated)).toEqual(['write a/1 at 17 was applied a second time']);
  });

  it('are broken by a session that is forgotten', () => {
    const history = [write(5, 'unknown', 'RAFT_NODE_SESSION_EXPIRED')];
    expect(checkPromises(history, content)).toEqual(['the session of write a/5 is forgotten']);
  });
});
