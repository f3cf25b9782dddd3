import type { AppliedEntry } from '@streambus/raft-node';
import { describe, expect, it } from 'vitest';
import { KeyValueMachine, outputFromBytes, writeToBytes } from './key-value-machine.ts';
import type { Value, WriteInput } from './operation.ts';

function machineWithWrites(...inputs: readonly WriteInput[]) {
  const machine = new KeyValueMachine();
  let number = 0;
  const apply = (input: WriteInput, as: number = ++number): Value => {
    const entry = { index: as, term: 1, data: writeToBytes({ client: 'a', number: as, input }) };
    return outputFromBytes(machine.apply(entry as unknown as AppliedEntry)).before;
  };
  for (const input of inputs) apply(input);
  return { machine, apply };
}

const put = { type: 'put', key: 'k', value: 'one' } as const;
const append = { type: 'append', key: 'k', value: 'more' } as const;

describe('the key-value machine', () => {
  it('answers what a key held before, and compares before it sets', () => {
    const { machine, apply } = machineWithWrites();
    expect(apply(put)).toBe(null);
    expect(apply({ type: 'compareAndSet', key: 'k', expected: 'two', value: 'three' })).toBe('one');
    expect(machine.get('k')).toBe('one');
    expect(apply({ type: 'compareAndSet', key: 'k', expected: 'one', value: 'two' })).toBe('one');
    expect(machine.get('k')).toBe('two');
  });

  it('shows a write that is applied a second time: in its value, and in words', () => {
    const { machine, apply } = machineWithWrites(put, append);
    const once = machine.get('k');
    apply(append, 2);
    expect(machine.get('k')).not.toBe(once);
    expect(machine.content().repeated).toEqual(['a/2 at 2']);
  });

  it('comes back from a snapshot as it was', () => {
    const { machine } = machineWithWrites(put, append);
    const restored = new KeyValueMachine();
    restored.restore(machine.snapshot());
    expect(restored.content()).toEqual(machine.content());
    expect(restored.snapshot()).toEqual(machine.snapshot());
    expect(machine.content().applied).toEqual([['a', [[1, 2]]]]);
  });
});
