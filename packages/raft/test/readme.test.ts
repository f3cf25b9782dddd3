import { it } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';

it('the example in README.md runs', () => runReadmeExample(import.meta.url));
