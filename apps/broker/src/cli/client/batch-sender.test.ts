import { type Deferred, defer } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { createBatchSender, type OutgoingRecord } from './batch-sender.ts';

/** A cluster that answers when the test says so. */
function setUp() {
  const batches: { readonly values: readonly string[]; readonly answer: Deferred<void> }[] = [];
  const sent: (readonly [number, number])[] = [];
  const sender = createBatchSender(
    (records) => {
      const answer = defer<void>();
      batches.push({ values: records.map(({ value }) => value.toString()), answer });
      return answer.promise;
    },
    (records, bytes) => sent.push([records, bytes]),
  );
  return { sender, batches, sent };
}

const record = (value: string): OutgoingRecord => ({ value: Buffer.from(value) });
const large = (): OutgoingRecord => ({ value: Buffer.alloc(300 * 1024, 'x') });

async function finish({ sender, batches }: ReturnType<typeof setUp>): Promise<void> {
  const finished = sender.finish();
  for (let index = 0; index < batches.length; index += 1) {
    batches[index]?.answer.resolve();
    await new Promise(setImmediate);
  }
  await finished;
}

describe('sending in batches', () => {
  it('sends at once, and then whatever gathered meanwhile, in order', async () => {
    const given = setUp();
    for (const value of ['a', 'b', 'c']) await given.sender.add(record(value));
    await finish(given);
    expect(given.batches.map(({ values }) => values)).toEqual([['a'], ['b', 'c']]);
    expect(given.sent.map(([records]) => records)).toEqual([1, 2]);
  });

  it('keeps a batch below half a mebibyte, one large record aside', async () => {
    const given = setUp();
    for (let count = 0; count < 4; count += 1) await given.sender.add(large());
    await finish(given);
    expect(given.batches.map(({ values }) => values.length)).toEqual([1, 1, 1, 1]);
  });

  it('holds the reader back while four mebibytes wait', async () => {
    const given = setUp();
    let added = 0;
    const adding = (async () => {
      for (; added < 20; added += 1) await given.sender.add(large());
    })();
    await new Promise(setImmediate);
    expect(added).toBeLessThan(15);
    for (let index = 0; index < 20; index += 1) {
      given.batches[index]?.answer.resolve();
      await new Promise(setImmediate);
    }
    await adding;
    await finish(given);
    expect(given.sent).toHaveLength(20);
  });

  it('a failure comes out at the next record and at the end, and nothing more is sent', async () => {
    const given = setUp();
    await given.sender.add(record('a'));
    await given.sender.add(record('b'));
    given.batches[0]?.answer.reject(new Error('no leader'));
    await new Promise(setImmediate);
    await expect(given.sender.add(record('c'))).rejects.toThrow('no leader');
    await expect(given.sender.finish()).rejects.toThrow('no leader');
    expect(given.batches).toHaveLength(1);
  });
});
