import { expect, it } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

it('the README’s example runs', async () => {
  await expect(runReadmeExample(import.meta.url)).resolves.toBeUndefined();
});
