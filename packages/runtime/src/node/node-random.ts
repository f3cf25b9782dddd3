import { randomFillSync } from 'node:crypto';
import { assert } from '../assert.ts';
import type { Random } from '../random.ts';

/** The machine's chance, from its cryptographic generator. */
export const nodeRandom: Random = {
  uint32: () => randomFillSync(new Uint32Array(1))[0] ?? 0,
  below(bound) {
    assert(
      Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32,
      () => `bound is ${bound}; it must be from 1 to 2^32`,
    );
    // Values past the last whole multiple would favour the low numbers.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const value = nodeRandom.uint32();
      if (value < limit) return value % bound;
    }
  },
  bytes: (length) => randomFillSync(new Uint8Array(length)),
};
