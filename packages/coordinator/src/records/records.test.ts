import { describe, expect, it } from 'vitest';
import { CoordinatorError } from '../errors.ts';
import { groupPartition } from './group-partition.ts';
import { encodeGroupKey, encodeGroupValue } from './group-records.ts';
import { encodeOffsetKey, encodeOffsetValue } from './offset-records.ts';
import { decodeRecord } from './stored-record.ts';
import { subscribedTopics } from './subscription.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const offset = 10;

describe('offset records', () => {
  const key = { groupId: 'g', topic: 'tö', partitionIndex: 258 };
  const keyHex = '0001 0001 67 0003 74c3b6 00000102';

  it('have Kafka’s OffsetCommitKey version 1 and OffsetCommitValue version 3', () => {
    const entry = {
      offset: 2 ** 40 + 1,
      leaderEpoch: 7,
      metadata: 'm',
      commitTimestampMs: 1_700_000_000_000,
      expireTimestampMs: -1,
    };
    const valueHex = '0003 0000010000000001 00000007 0001 6d 0000018bcfe56800';
    expect(hex(encodeOffsetKey(key))).toBe(keyHex.replaceAll(' ', ''));
    expect(hex(encodeOffsetValue(entry))).toBe(valueHex.replaceAll(' ', ''));
    const record = { offset, key: unhex(keyHex), value: unhex(valueHex) };
    expect(decodeRecord(record)).toEqual({ kind: 'offset', key, entry });
  });

  it('with an expiry of their own have version 1', () => {
    const entry = { offset: -1, leaderEpoch: -1, metadata: '', commitTimestampMs: 1, expireTimestampMs: 2 };
    const valueHex = '0001 ffffffffffffffff 0000 0000000000000001 0000000000000002';
    expect(hex(encodeOffsetValue(entry))).toBe(valueHex.replaceAll(' ', ''));
    expect(decodeRecord({ offset, key: unhex(keyHex), value: unhex(valueHex) })).toEqual({
      kind: 'offset',
      key,
      entry,
    });
  });

  it('of versions 0 and 2, and with a key of version 0, are read', () => {
    for (const version of ['0000', '0002']) {
      const value = unhex(`${version} 0000000000000005 0001 6d 0000000000000009`);
      const entry = { offset: 5, leaderEpoch: -1, metadata: 'm', commitTimestampMs: 9, expireTimestampMs: -1 };
      const record = { offset, key: unhex(keyHex.replace('0001', '0000')), value };
      expect(decodeRecord(record)).toEqual({ kind: 'offset', key, entry });
    }
  });

  it('without a value delete', () => {
    expect(decodeRecord({ offset, key: unhex(keyHex), value: null })).toEqual({ kind: 'offset', key, entry: null });
  });
});

describe('group records', () => {
  const group = {
    protocolType: 'consumer',
    generationId: 3,
    protocolName: 'range',
    leaderId: 'm1',
    stateTimestampMs: 5,
    members: [
      {
        memberId: 'm1',
        groupInstanceId: 'i',
        clientId: 'c',
        clientHost: '/h',
        rebalanceTimeoutMs: 300_000,
        sessionTimeoutMs: 10_000,
        subscription: unhex('0102'),
        assignment: unhex('03'),
      },
    ],
  };
  const valueHex =
    '0003 0008 636f6e73756d6572 00000003 0005 72616e6765 0002 6d31 0000000000000005 00000001' +
    '0002 6d31 0001 69 0001 63 0002 2f68 000493e0 00002710 00000002 0102 00000001 03';

  it('have Kafka’s GroupMetadataKey version 2 and GroupMetadataValue version 3', () => {
    expect(hex(encodeGroupKey('g'))).toBe('0002000167');
    expect(hex(encodeGroupValue(group))).toBe(valueHex.replaceAll(' ', ''));
    const decoded = decodeRecord({ offset, key: encodeGroupKey('g'), value: unhex(valueHex) });
    expect(decoded).toMatchObject({ kind: 'group', groupId: 'g', group });
  });

  it('of an empty group have no protocol and no leader', () => {
    const empty = { ...group, protocolName: null, leaderId: null, members: [] };
    const decoded = decodeRecord({ offset, key: encodeGroupKey('g'), value: encodeGroupValue(empty) });
    expect(decoded).toMatchObject({ kind: 'group', groupId: 'g', group: empty });
  });

  it('of version 0 are read, with the session timeout for the rebalance timeout', () => {
    const value = unhex('0000 0001 78 00000001 0001 70 0001 6d 00000001 0001 6d 0000 0000 00000007 00000000 00000000');
    expect(decodeRecord({ offset, key: encodeGroupKey('g'), value })).toMatchObject({
      group: { stateTimestampMs: -1, members: [{ groupInstanceId: null, sessionTimeoutMs: 7, rebalanceTimeoutMs: 7 }] },
    });
  });
});

describe('records that cannot be understood', () => {
  it('of other kinds are told apart', () => {
    expect(decodeRecord({ offset, key: unhex('0003 0001 67'), value: null })).toEqual({ kind: 'other', keyVersion: 3 });
  });

  it.each([
    ['a key that ends too soon', '0001 0005 67', '0003'],
    ['a value of an unknown version', '0001 0001 67 0001 74 00000000', '0009 00'],
    ['a text that is no UTF-8', '0001 0001 ff 0001 74 00000000', '0003'],
    ['more members than fit', '0002 0001 67', '0003 0001 78 00000001 ffff ffff 0000000000000005 7fffffff'],
    ['an offset beyond 2^53', '0001 0001 67 0001 74 00000000', '0003 7fffffffffffffff 00000000 0000 0000000000000000'],
    [
      'members without a leader',
      '0002 0001 67',
      '0000 0001 78 00000001 0001 70 ffff 00000001 0001 6d 0000 0000 00000007 00000000 00000000',
    ],
  ])('%s: the error names the record', (_name, key, value) => {
    const run = (): unknown => decodeRecord({ offset, key: unhex(key), value: unhex(value) });
    expect(run).toThrow(CoordinatorError);
    expect(run).toThrow(/record at offset 10: /);
  });
});

describe('group partition', () => {
  it('is Java’s, over UTF-16 units', () => {
    // "polygenelubricants".hashCode() is Integer.MIN_VALUE, whose magnitude counts as 0.
    expect(groupPartition('polygenelubricants', 50)).toBe(0);
    expect(groupPartition('', 50)).toBe(0);
    expect(groupPartition('hello', 50)).toBe(99_162_322 % 50);
    expect(groupPartition('my-group', 2 ** 31)).toBe(hashByBigInt('my-group'));
    expect(groupPartition('grüße-😀', 2 ** 31)).toBe(hashByBigInt('grüße-😀'));
  });
});

/** The same by plain arithmetic. */
function hashByBigInt(text: string): number {
  let hash = 0n;
  for (let index = 0; index < text.length; index++)
    hash = BigInt.asIntN(32, hash * 31n + BigInt(text.charCodeAt(index)));
  return Number(hash < 0n ? -hash : hash);
}

describe('subscribed topics', () => {
  it('are read out of every version of the consumer’s protocol', () => {
    expect(subscribedTopics(unhex('0000 00000002 0001 61 0002 6263 ffffffff'))).toEqual(['a', 'bc']);
    expect(subscribedTopics(unhex('0003 00000001 0001 61 ffffffff 00000000 00000001 ffff'))).toEqual(['a']);
  });

  it('are unknown where the bytes are something else', () => {
    for (const other of ['', '00', '0000 7fffffff', '0000 00000001 0005 61', 'ffff 00000000']) {
      expect(subscribedTopics(unhex(other))).toBeUndefined();
    }
  });
});
