import {
  createProducerIdAllocator,
  type ProducerIdAllocatorOptions,
  type ProducerIdBlock,
} from '@streambus/coordinator';
import { type Deferred, defer } from '@streambus/runtime';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';

/** An allocator whose blocks come when the test says so. */
function createFixture(options: ProducerIdAllocatorOptions = {}) {
  const clock = createManualClock();
  const requests: Deferred<ProducerIdBlock>[] = [];
  const blockSource = {
    allocateBlock: (): Promise<ProducerIdBlock> => {
      const request = defer<ProducerIdBlock>();
      requests.push(request);
      return request.promise;
    },
  };
  return { clock, requests, allocator: createProducerIdAllocator({ clock, blockSource }, options) };
}

describe('producer ids', () => {
  it('are those of the blocks, each once, and callers that wait share one request', async () => {
    const { allocator, requests, clock } = createFixture({ prefetchPercent: 0 });
    const waiting = Array.from({ length: 5 }, () => allocator.allocate());
    expect(requests).toHaveLength(1);
    requests[0]?.resolve({ firstProducerId: 100, length: 3 });
    await clock.settle();
    expect(requests).toHaveLength(2);
    requests[1]?.resolve({ firstProducerId: 500, length: 3 });
    expect(await clock.until(Promise.all(waiting))).toEqual([100, 101, 102, 500, 501]);
    expect(await allocator.allocate()).toBe(502);
    expect(clock.pendingTimers).toBe(0);
  });

  it('do not wait for the next block, which is asked for before the last is used up', async () => {
    const { allocator, requests, clock } = createFixture({ prefetchPercent: 20 });
    const first = allocator.allocate();
    requests[0]?.resolve({ firstProducerId: 0, length: 10 });
    expect(await clock.until(first)).toBe(0);
    for (let id = 1; id < 7; id++) expect(await allocator.allocate()).toBe(id);
    expect(requests).toHaveLength(1);
    expect(await allocator.allocate()).toBe(7);
    expect(requests).toHaveLength(2);
    requests[1]?.resolve({ firstProducerId: 10, length: 10 });
    await clock.settle();
    for (let id = 8; id < 17; id++) expect(await allocator.allocate()).toBe(id);
    expect(requests).toHaveLength(2);
  });

  it('are refused when the source fails, and asked for again by the next caller', async () => {
    const { allocator, requests, clock } = createFixture();
    const refused = expect(allocator.allocate()).rejects.toMatchObject({
      code: 'PRODUCER_ID_UNAVAILABLE',
      retriable: true,
      outcome: 'rejected',
      cause: new Error('no leader'),
    });
    requests[0]?.reject(new Error('no leader'));
    await refused;
    const next = allocator.allocate();
    expect(requests).toHaveLength(2);
    requests[1]?.resolve({ firstProducerId: 7, length: 1 });
    expect(await clock.until(next)).toBe(7);
  });

  it('are refused when no block comes in time, and a block that comes late is used', async () => {
    const { allocator, requests, clock } = createFixture({ allocateTimeoutMs: 300 });
    const refused = expect(allocator.allocate()).rejects.toMatchObject({ code: 'PRODUCER_ID_UNAVAILABLE' });
    await clock.advance(300);
    await refused;
    requests[0]?.resolve({ firstProducerId: 7, length: 9 });
    await clock.settle();
    expect(await allocator.allocate()).toBe(7);
    expect(requests).toHaveLength(1);
  });

  it('are refused to more callers than may wait, to those who give up, and when it is closed', async () => {
    const { allocator, requests, clock } = createFixture({ maxWaitingCallers: 2 });
    const controller = new AbortController();
    const first = expect(allocator.allocate({ signal: controller.signal })).rejects.toMatchObject({
      code: 'COORDINATOR_CALL_CANCELLED',
    });
    const second = expect(allocator.allocate()).rejects.toMatchObject({ code: 'COORDINATOR_CLOSED' });
    await expect(allocator.allocate()).rejects.toMatchObject({ code: 'PRODUCER_ID_QUEUE_FULL', retriable: true });
    controller.abort();
    await first;
    allocator.close();
    await second;
    await expect(allocator.allocate()).rejects.toMatchObject({ code: 'COORDINATOR_CLOSED' });
    requests[0]?.resolve({ firstProducerId: 7, length: 9 });
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('options are checked', () => {
    expect(() => createFixture({ prefetchPercent: 101 })).toThrow(
      'prefetchPercent is 101; allowed are integers from 0 to 100',
    );
  });
});
