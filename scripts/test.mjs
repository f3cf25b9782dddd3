// npm test -- ARGS: installs, builds, and runs every test with vitest on the pinned Node. ARGS are vitest's. The last line counts:
// `N passed, N failed`, with `, N skipped` when there are any.
//
// STREAMBUS_TEST_NODE=host runs the tests on the Node that runs this script instead (which must be one that the packages
// support), to try the packages on several versions.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitLike, pinnedNode, prepare, repositoryRoot, run, toolchainEnvironment } from './toolchain.mjs';

await prepare();
const onHost = process.env.STREAMBUS_TEST_NODE === 'host';
const folder = mkdtempSync(join(tmpdir(), 'streambus-test-'));
const reportFile = join(folder, 'report.json');
const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
const ending = await run(
  onHost ? process.execPath : pinnedNode,
  [vitest, 'run', ...reporters, ...process.argv.slice(2)],
  { env: onHost ? process.env : toolchainEnvironment() },
);
const report = readReport(reportFile);
rmSync(folder, { recursive: true, force: true });
console.log(closingLine(report, ending.code === 0));
exitLike(ending);

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function closingLine(report, succeeded) {
  const files = report?.testResults ?? [];
  const count = (...statuses) =>
    files.reduce((sum, file) => sum + file.assertionResults.filter((test) => statuses.includes(test.status)).length, 0);
  // A file that could not be collected holds no failing test; it counts as one.
  const brokenFiles = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  let failed = count('failed') + brokenFiles.length;
  // An error outside of every test, or vitest itself could not run.
  if (!succeeded && failed === 0) failed = 1;
  const skipped = count('skipped', 'pending', 'todo', 'disabled');
  return `${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
