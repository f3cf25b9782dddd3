import { describe, expect, it } from 'vitest';
import { documentConfiguration } from './document.ts';

describe('docs/CONFIGURATION.md', () => {
  it('is what the schema says (vitest run --project streambus -u writes it anew)', async () => {
    await expect(documentConfiguration()).toMatchFileSnapshot('../../../../docs/CONFIGURATION.md');
  });
});
