import { execFileSync } from 'node:child_process';
import { apis, encodeResponse } from '@streambus/kafka';
import { expect, it } from 'vitest';

const message = { errorCode: 0, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }], throttleTimeMs: 3 };

it('works the same where code may not be generated from strings', () => {
  const program = `
    import { apis, decodeResponse, encodeResponse } from '@streambus/kafka';
    const frame = Buffer.concat(encodeResponse(apis.apiVersions, 3, 7, ${JSON.stringify(message)}));
    const { throttleTimeMs } = decodeResponse(apis.apiVersions, 3, frame, 8);
    process.stdout.write(frame.toString('hex') + ' ' + throttleTimeMs);
  `;
  const output = execFileSync(
    process.execPath,
    [
      '--disallow-code-generation-from-strings',
      '--conditions=@streambus/source',
      '--input-type=module',
      '--eval',
      program,
    ],
    { cwd: import.meta.dirname, encoding: 'utf8' },
  );
  const here = Buffer.concat(encodeResponse(apis.apiVersions, 3, 7, message)).toString('hex');
  expect(output).toBe(`${here} 3`);
});
