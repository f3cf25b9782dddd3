import { describe, expect, it } from 'vitest';
import { helloOf } from '../../test/support/raw-node.ts';
import { isRestarted, judgeAnswer, judgeHello, judgeRival } from './judge-hello.ts';

const self = { clusterId: 'simulated', nodeId: 2 };

describe('a hello', () => {
  it('of a peer that means this node has nothing against it', () => {
    expect(judgeHello(helloOf(1, 2), self)).toBeUndefined();
    expect(judgeHello(helloOf(1, 2, { minVersion: 0, maxVersion: 200 }), self)).toBeUndefined();
  });

  it('is judged by its version first, since nothing else of another version can be read', () => {
    const foreign = helloOf(2, 7, { clusterId: '', minVersion: 2, maxVersion: 2 });
    expect(judgeHello(foreign, self)).toMatchObject({ reason: 'version' });
    expect(judgeHello({ ...foreign, minVersion: 0, maxVersion: 0 }, self)).toMatchObject({ reason: 'version' });
    expect(judgeHello({ ...foreign, minVersion: 1 }, self)).toMatchObject({ reason: 'wrong-cluster' });
  });

  it('of the own id is another node with that id, whomever it means', () => {
    expect(judgeHello(helloOf(2, 2), self)).toMatchObject({ reason: 'self' });
    expect(judgeHello(helloOf(2, 1), self)).toMatchObject({ reason: 'self' });
  });

  it('in answer has to come from who was meant', () => {
    expect(judgeAnswer(helloOf(3, 2), self, 3)).toBeUndefined();
    expect(judgeAnswer(helloOf(1, 2), self, 3)).toMatchObject({ reason: 'wrong-node' });
    expect(judgeAnswer(helloOf(1, 9), self, 3)).toMatchObject({ detail: 'meant for node 9; this is node 2' });
  });
});

describe('a hello from a peer that is connected', () => {
  const connected = helloOf(1, 2, { incarnation: 5, instance: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
  const other = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9);

  it.each([
    ['the same process dials again', { incarnation: 5 }, 'replace', false],
    ['a restarted one', { incarnation: 6, instance: other }, 'replace', true],
    ['the same process with a later incarnation', { incarnation: 6 }, 'replace', true],
    ['a second process of the same incarnation', { incarnation: 5, instance: other }, 'duplicate', false],
    ['an earlier process', { incarnation: 4, instance: other }, 'duplicate', false],
    ['an earlier incarnation of the same process, as there can be none', { incarnation: 4 }, 'duplicate', false],
  ] as const)('%s', (_what, hello, verdict, restarted) => {
    expect(judgeRival({ ...connected, ...hello }, connected)).toBe(verdict);
    expect(isRestarted({ ...connected, ...hello }, connected)).toBe(restarted);
  });
});
