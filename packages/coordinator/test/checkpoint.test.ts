import {
  createMemoryOffsetsLog,
  type MemoryOffsetsLog,
  type MemoryOffsetsLogOptions,
} from '@streambus/coordinator/testing';
import { createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { commitRequest, createDriverFixture, type DriverFixture } from './driver-fixture.ts';

const options = { checkpointMinBytes: 2000, checkpointChunkBytes: 300 };

/** All that is committed, as one sorted text. */
function committed({ coordinator }: DriverFixture): string {
  const lines = [...coordinator.committedOffsets()].map(
    ({ groupId, topic, partitionIndex, offset }) => `${groupId}/${topic}/${partitionIndex}=${offset}`,
  );
  return lines.sort().join(' ');
}

/** What a coordinator that starts on this log knows. */
async function afterCrash(log: MemoryOffsetsLog): Promise<string> {
  const fixture = createDriverFixture({ ...options, checkpointMinBytes: 1_000_000 }, { log });
  await fixture.until(fixture.coordinator.load(0));
  const result = committed(fixture);
  await fixture.until(fixture.coordinator.close());
  return result;
}

/** Commits to some groups, now and then deletes one, one call after the other. */
async function work(fixture: DriverFixture, rounds: number, seed: number): Promise<void> {
  const { coordinator, until } = fixture;
  const random = createSeededRandom(seed);
  for (let round = 0; round < rounds; round++) {
    const groupId = `group-${random.below(6)}`;
    if (random.below(12) === 0) await until(coordinator.deleteGroup(groupId));
    else await until(coordinator.commitOffsets(commitRequest(round, { groupId })));
  }
}

describe('a log that grows', () => {
  it('stays within a few times of what lives in it', async () => {
    const fixture = createDriverFixture(options);
    await fixture.until(fixture.coordinator.load(0));
    let largest = 0;
    for (let round = 0; round < 30; round++) {
      await work(fixture, 20, round);
      largest = Math.max(largest, fixture.log.sizeBytes(0));
    }
    await fixture.clock.settle();
    expect(fixture.coordinator.statistics().checkpoints).toBeGreaterThan(10);
    expect(largest).toBeLessThan(2 * options.checkpointMinBytes);
    expect(await afterCrash(fixture.log.copy())).toBe(committed(fixture));
    await fixture.until(fixture.coordinator.close());
  });

  it('is trimmed also when nothing lives in it', async () => {
    const fixture = createDriverFixture({ checkpointMinBytes: 500 });
    await fixture.until(fixture.coordinator.load(0));
    for (let round = 0; round < 50; round++) {
      await fixture.until(fixture.coordinator.commitOffsets(commitRequest(round)));
      await fixture.until(fixture.coordinator.deleteGroup('group'));
    }
    await fixture.clock.settle();
    expect(fixture.log.sizeBytes(0)).toBeLessThan(1500);
    await fixture.until(fixture.coordinator.close());
  });

  it('is made shorter right after it was loaded', async () => {
    const long = createDriverFixture({ checkpointMinBytes: 1_000_000 });
    await long.until(long.coordinator.load(0));
    await work(long, 200, 1);
    const before = committed(long);
    await long.until(long.coordinator.close());
    const fixture = createDriverFixture(options, { log: long.log });
    await fixture.until(fixture.coordinator.load(0));
    await fixture.clock.settle();
    expect(fixture.log.sizeBytes(0)).toBeLessThan(options.checkpointMinBytes);
    expect(await afterCrash(fixture.log.copy())).toBe(before);
    await fixture.until(fixture.coordinator.close());
  });
});

describe('a crash', () => {
  it('after any append, and before and after any trim, loses nothing that was acknowledged and brings nothing back', async () => {
    // The state that is acknowledged when the log was as it is in the copy: before an append and after it is in flight,
    // so that either of two states is right.
    const crashes: { readonly log: MemoryOffsetsLog; readonly before: string; readonly what: string }[] = [];
    let fixture: DriverFixture | undefined;
    const crash = (what: string): void => {
      if (fixture !== undefined) crashes.push({ log: fixture.log.copy(), before: committed(fixture), what });
    };
    const hooks: MemoryOffsetsLogOptions = {
      beforeAppend: () => crash('before an append'),
      afterAppend: () => crash('after an append'),
      beforeTrim: () => crash('before a trim'),
    };
    fixture = createDriverFixture(options, { log: createMemoryOffsetsLog(hooks) });
    await fixture.until(fixture.coordinator.load(0));
    await work(fixture, 250, 4);
    await fixture.clock.settle();
    crash('at the end');
    expect(fixture.coordinator.statistics().checkpoints).toBeGreaterThan(3);
    expect(crashes.filter(({ what }) => what === 'before a trim').length).toBeGreaterThan(3);
    for (const [index, { log, before, what }] of crashes.entries()) {
      const after = crashes[index + 1]?.before ?? before;
      const found = await afterCrash(log);
      expect(what === 'after an append' ? [before, after] : [before], what).toContain(found);
    }
    await fixture.until(fixture.coordinator.close());
  });

  it('of what comes after a failed checkpoint or trim is the same, and both are tried again later', async () => {
    let appendsFail = 0;
    let trimsFail = 2;
    const log = createMemoryOffsetsLog({
      beforeAppend: (_partition, records) => {
        if (records.length > 3 && appendsFail++ < 2) throw new Error('the disk is full');
      },
      beforeTrim: () => {
        if (trimsFail-- > 0) throw new Error('the disk is full');
      },
    });
    const fixture = createDriverFixture(options, { log });
    await fixture.until(fixture.coordinator.load(0));
    for (let round = 0; round < 10; round++) {
      await work(fixture, 20, round);
      await fixture.clock.advance(10_000);
    }
    await fixture.clock.settle();
    expect([appendsFail >= 2, trimsFail < 0]).toEqual([true, true]);
    expect(log.sizeBytes(0)).toBeLessThan(2 * options.checkpointMinBytes);
    expect(await afterCrash(log.copy())).toBe(committed(fixture));
    const messages = fixture.logger.lines.map(({ message }) => message);
    expect(messages).toContain('an append to the offsets log failed');
    expect(messages).toContain('the offsets log could not be trimmed');
    await fixture.until(fixture.coordinator.close());
  });
});
