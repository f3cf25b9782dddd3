/**
 * The last line of `npm test`, from vitest's JSON report: `N passed, N failed`, with `, N skipped` when there are any.
 *
 * @param {Report | undefined} report undefined when vitest wrote none
 * @param {boolean} succeeded whether vitest ended well
 * @returns {string}
 *
 * @typedef {{ readonly status: string, readonly assertionResults: readonly { readonly status: string }[] }} FileReport
 * @typedef {{ readonly testResults: readonly FileReport[] }} Report
 */
export function closingLine(report, succeeded) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const skipped = tests.filter((test) => ['skipped', 'pending', 'todo', 'disabled'].includes(test.status)).length;
  // A file that could not be collected holds no failing test; it counts as one.
  const broken = files.filter((file) => file.status === 'failed' && !hasFailure(file)).length;
  const failed = tests.filter((test) => test.status === 'failed').length + broken;
  // An error outside of every test, or vitest itself could not run.
  const shown = succeeded ? failed : Math.max(1, failed);
  return `${passed} passed, ${shown} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** @param {FileReport} file */
function hasFailure(file) {
  return file.assertionResults.some((test) => test.status === 'failed');
}
