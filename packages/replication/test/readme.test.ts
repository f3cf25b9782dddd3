import { it } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

it('the example of the README runs', { timeout: 60_000 }, () => runReadmeExample(import.meta.url));
