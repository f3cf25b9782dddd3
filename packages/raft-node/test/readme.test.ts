import { it } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

it('the README’s example runs', async () => {
  await runReadmeExample(import.meta.url);
});
