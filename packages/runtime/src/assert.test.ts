import { describe, expect, it } from 'vitest';
import { assert, assertNever, assertSafeCount, InvariantError } from './assert.ts';

describe('assert', () => {
  it('true: nothing happens, and the message is not built', () => {
    assert(true, () => {
      throw new Error('built');
    });
  });

  it('false: throws InvariantError with the text, given or built', () => {
    expect(() => assert(false, 'two leaders in term 3')).toThrow(new InvariantError('two leaders in term 3'));
    expect(() => assert(false, () => 'built on demand')).toThrow('built on demand');
  });

  it('narrows the type of what was checked', () => {
    const value: string | undefined = ['text'].at(0);
    assert(value !== undefined, 'there is one');
    expect(value.length).toBe(4);
  });
});

describe('assertNever', () => {
  it('names what was not handled', () => {
    expect(() => assertNever('purple' as never, 'colour')).toThrow(new InvariantError('unhandled colour: purple'));
  });
});

describe('assertSafeCount', () => {
  it.each([0, 1, 2 ** 53 - 1])('%d passes', (value) => {
    assertSafeCount(value, 'offset');
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is refused, naming the thing and its value',
    (value) => {
      expect(() => assertSafeCount(value, 'offset')).toThrow(
        `offset is ${value}; it must be an integer from 0 to 2^53-1`,
      );
    },
  );
});
