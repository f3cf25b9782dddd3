import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, startBrokerProcess } from '@streambus-testing/harness';
import { expect, it } from 'vitest';

const readmeFile = fileURLToPath(new URL('../../../README.md', import.meta.url));
const exampleFile = fileURLToPath(new URL('./root-readme-example.mjs', import.meta.url));

it('the example of the repository’s README, unmodified but for the port, sends a record and prints it', async () => {
  const code = /```js\n([\s\S]*?)```/.exec(await readFile(readmeFile, 'utf8'))?.[1] ?? '';
  expect(code).toContain("'localhost:9092'");
  await using folder = await makeTemporaryFolder();
  await using broker = await startBrokerProcess({ command: 'dev', dataDir: `${folder.path}/data` });
  try {
    // Beside this test, so that it finds kafkajs.
    await writeFile(exampleFile, code.replace("'localhost:9092'", `'${broker.bootstrap}'`));
    const child = spawn(process.execPath, [exampleFile], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      let printed = '';
      for await (const chunk of child.stdout.setEncoding('utf8')) {
        printed += chunk;
        // Its consumer runs for ever, as the README's reader wants it to.
        if (printed.includes('two coffees')) break;
      }
      expect(printed).toContain('orders[0]@0: two coffees');
    } finally {
      child.kill('SIGKILL');
    }
  } finally {
    await rm(exampleFile, { force: true });
  }
}, 60_000);
