import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageQueue } from './message-queue.ts';

/** The same as a plain array. */
interface Model {
  waiting: { readonly message: Uint8Array; readonly atMs: number }[];
}

type Step = (queue: MessageQueue, model: Model, nowMs: number) => void;

const push =
  (length: number): Step =>
  (queue, model, nowMs) => {
    const message = new Uint8Array(length);
    queue.push(message, nowMs);
    model.waiting.push({ message, atMs: nowMs });
  };

const shift: Step = (queue, model) => {
  queue.shift();
  model.waiting.shift();
};

const dropSecond: Step = (queue, model) => {
  if (model.waiting.length < 2) return;
  queue.dropSecond();
  model.waiting.splice(1, 1);
};

const dropLongerThan =
  (maxBytes: number): Step =>
  (queue, model) => {
    const kept = model.waiting.filter(({ message }) => message.length <= maxBytes);
    expect(queue.dropLongerThan(maxBytes)).toBe(model.waiting.length - kept.length);
    model.waiting = kept;
  };

const clear: Step = (queue, model) => {
  queue.clear();
  model.waiting = [];
};

/** So many at once that spent places are compacted. */
const many =
  (step: Step, times: number): Step =>
  (queue, model, nowMs) => {
    for (let time = 0; time < times; time++) step(queue, model, nowMs + time);
  };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(30).map(push) },
  { weight: 4, arbitrary: fc.constant(shift) },
  { weight: 3, arbitrary: fc.constant(dropSecond) },
  { weight: 1, arbitrary: fc.constant(clear) },
  { weight: 1, arbitrary: fc.nat(30).map(dropLongerThan) },
  { weight: 1, arbitrary: fc.constantFrom(many(push(3), 1500), many(shift, 1400), many(dropSecond, 1300)) },
);

function check(queue: MessageQueue, { waiting }: Model): void {
  expect(queue.length).toBe(waiting.length);
  expect(queue.bytes).toBe(waiting.reduce((sum, { message }) => sum + message.length, 0));
  expect(queue.head()).toBe(waiting[0]?.message);
  if (waiting.length > 0) expect(queue.headTimeMs()).toBe(waiting[0]?.atMs);
}

describe('a queue of messages', () => {
  it('does what an array does, whatever is asked of it', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 60 }), (steps) => {
        const [queue, model]: [MessageQueue, Model] = [new MessageQueue(), { waiting: [] }];
        for (const [at, step] of steps.entries()) {
          step(queue, model, at * 10_000);
          check(queue, model);
        }
        const drained = model.waiting.filter(({ message, atMs }) => {
          const isNext = queue.head() === message && queue.headTimeMs() === atMs;
          queue.shift();
          return isNext;
        });
        expect([drained.length, queue.length, queue.bytes]).toEqual([model.waiting.length, 0, 0]);
      }),
    );
  });

  it('that is empty gives nothing, and taking from it changes nothing', () => {
    const queue = new MessageQueue();
    queue.shift();
    expect([queue.head(), queue.length, queue.bytes]).toEqual([undefined, 0, 0]);
  });
});
