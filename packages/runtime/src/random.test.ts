import { expect, it } from 'vitest';
import { type Random, randomUuid } from './random.ts';

it('randomUuid: the version and variant bits over whatever the bytes are', () => {
  const all = (value: number): Random => ({
    uint32: () => 0,
    below: () => 0,
    bytes: (length) => new Uint8Array(length).fill(value),
  });
  expect(randomUuid(all(0x00))).toBe('00000000-0000-4000-8000-000000000000');
  expect(randomUuid(all(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
});
