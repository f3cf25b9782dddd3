import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the generated classes are what the schemas give', { timeout: 60_000 }, async () => {
  const script = fileURLToPath(new URL('../scripts/generate.ts', import.meta.url));
  const { stderr } = await promisify(execFile)(process.execPath, [script, '--check']);
  expect(stderr).toBe('');
});
