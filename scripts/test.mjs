// npm test -- ARGS: installs, builds, and runs every test with vitest on the pinned Node. ARGS are vitest's. The last line counts.
//
// STREAMBUS_TEST_NODE=host runs the tests on the Node that runs this script instead (one that the packages support), to try
// them on several versions.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closingLine } from './closing-line.mjs';
import { exitLike, pinnedNode, prepare, repositoryRoot, run, toolchainEnvironment } from './toolchain.mjs';

const notReady = await prepare();
if (notReady !== undefined) {
  console.log(closingLine(undefined, false));
  exitLike(notReady);
} else {
  await test();
}

async function test() {
  const onHost = process.env['STREAMBUS_TEST_NODE'] === 'host';
  const folder = mkdtempSync(join(tmpdir(), 'streambus-test-'));
  const reportFile = join(folder, 'report.json');
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const args = [vitest, 'run', ...reporters, ...process.argv.slice(2)];
  const ending = await run(onHost ? process.execPath : pinnedNode, args, {
    env: onHost ? process.env : toolchainEnvironment(),
  });
  const report = readReport(reportFile);
  rmSync(folder, { recursive: true, force: true });
  console.log(closingLine(report, ending.code === 0));
  exitLike(ending);
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
