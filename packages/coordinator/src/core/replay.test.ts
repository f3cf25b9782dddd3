import { createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { bytes, CoreFixture, joinRequest, joinResponses, summary } from '../../test/core-fixture.ts';
import { durableState } from '../../test/simulation/world.ts';
import type { StoredOffsetsRecord } from '../offsets-log.ts';
import { resolveGroupCoordinatorOptions } from '../options.ts';
import type { CallToken, Effect } from './effects.ts';
import { PartitionCore } from './partition-core.ts';

/** The records that these effects append. */
function recordsOf(effects: readonly Effect[]): StoredOffsetsRecord[] {
  const records = effects.flatMap((effect) => (effect.type === 'append' ? effect.records : []));
  return records.map((record, offset) => ({ ...record, offset }));
}

function reload(records: readonly StoredOffsetsRecord[], nowMs = 0): PartitionCore {
  const core = new PartitionCore(resolveGroupCoordinatorOptions({}), createSeededRandom(9));
  for (const record of records) core.replay(record);
  core.start({ monotonicMs: nowMs, wallTimeMs: nowMs });
  return core;
}

/** A Stable group of two, one static, with an offset, and its log. */
function twoMembers(): { fixture: CoreFixture; log: StoredOffsetsRecord[]; leader: string } {
  const fixture = new CoreFixture({ initialRebalanceDelayMs: 100 });
  fixture.join({ apiVersion: 3 });
  fixture.join({ apiVersion: 5, groupInstanceId: 'instance' });
  const [joined] = joinResponses(fixture.advance(1000));
  const leader = joined?.leader ?? '';
  const members = fixture.core.describe('group').members;
  const assignments = members.map(({ memberId }) => ({ memberId, assignment: bytes(`of ${memberId}`) }));
  const groupInstanceId = members.find(({ memberId }) => memberId === leader)?.groupInstanceId ?? null;
  const syncing = fixture.sync({ memberId: leader, groupInstanceId, assignments });
  fixture.store(syncing);
  const committing = fixture.commit({ memberId: leader, generationId: 1, groupInstanceId });
  fixture.store(committing);
  return { fixture, log: recordsOf([...syncing, ...committing]), leader };
}

describe('reading the log back', () => {
  it('gives a Stable group with its members, leader, assignments and offsets', () => {
    const { fixture, log, leader } = twoMembers();
    const core = reload(log);
    expect(core.describe('group')).toEqual(fixture.core.describe('group'));
    expect(core.fetch({ groupId: 'group', topics: null })).toEqual(
      fixture.core.fetch({ groupId: 'group', topics: null }),
    );
    expect(durableState(core)).toBe(durableState(fixture.core));
    expect(core.liveBytes).toBe(fixture.core.liveBytes);
    const rejoin = joinRequest({ memberId: leader, groupInstanceId: null });
    const effects = core.join(rejoin, 1 as CallToken, { monotonicMs: 0, wallTimeMs: 0 });
    expect(summary(effects)).toEqual(['rebalance: memberRejoined']);
  });

  it('gives members a whole session anew', () => {
    const { log } = twoMembers();
    const core = reload(log, 5000);
    expect(core.advance({ monotonicMs: 14_999, wallTimeMs: 0 })).toEqual([]);
    expect(summary(core.advance({ monotonicMs: 15_000, wallTimeMs: 0 }))).toEqual([
      'expired: heartbeat',
      'rebalance: sessionExpired',
      'expired: heartbeat',
      'append 1',
    ]);
  });

  it('forgets what was deleted', () => {
    const { log } = twoMembers();
    const deleted = log.map(({ key, offset }) => ({ key, value: null, offset: offset + log.length }));
    const core = reload([...log, ...deleted]);
    expect(core.list({ states: [], types: [] })).toEqual([]);
    expect([core.liveBytes, core.figures().heldBytes, core.figures().members]).toEqual([0, 0, 0]);
  });

  it('keeps no view of what was read', () => {
    const { fixture, log } = twoMembers();
    const buffers = log.map((record) => ({
      ...record,
      value: record.value === null ? null : Buffer.from(record.value),
    }));
    const core = reload(buffers);
    for (const { value } of buffers) value?.fill(0xff);
    expect(core.describe('group')).toEqual(fixture.core.describe('group'));
    expect(durableState(core)).toBe(durableState(fixture.core));
  });

  it('passes over records of other kinds', () => {
    const core = new PartitionCore(resolveGroupCoordinatorOptions({}), createSeededRandom(1));
    expect(core.replay({ offset: 0, key: new Uint8Array([0, 6, 0, 0]), value: null })).toBe(false);
  });
});

describe('a checkpoint', () => {
  it('read in pieces between changes gives, with the changes, the same as the whole log', () => {
    const fixture = new CoreFixture();
    const log: StoredOffsetsRecord[] = [];
    const store = (effects: Effect[]): void => {
      for (const { key, value } of recordsOf(effects)) log.push({ key, value, offset: log.length });
      fixture.store(effects);
    };
    const random = createSeededRandom(3);
    const change = (): void => {
      const groupId = `group-${random.below(12)}`;
      const choice = random.below(10);
      if (choice === 0) store(fixture.core.deleteGroup(groupId, fixture.token(), fixture.moment));
      else if (choice === 1) store(fixture.core.forgetTopics([`t${random.below(3)}`], fixture.token(), fixture.moment));
      else {
        const partitions = [{ partitionIndex: random.below(4), offset: log.length, leaderEpoch: -1, metadata: null }];
        store(fixture.commit({ groupId, topics: [{ name: `t${random.below(3)}`, partitions }] }));
      }
    };
    for (let round = 0; round < 200; round++) {
      for (let changes = 0; changes < 5; changes++) change();
      const begin = log.length;
      const records = fixture.core.checkpoint();
      for (let next = records.next(); next.done !== true; next = records.next()) {
        log.push({ ...next.value, offset: log.length });
        if (random.below(3) === 0) change();
      }
      const expected = durableState(fixture.core);
      expect(durableState(reload(log.slice(begin)))).toBe(expected);
      expect(durableState(reload(log))).toBe(expected);
      log.splice(0, begin);
    }
  });
});
