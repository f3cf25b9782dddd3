/** A case's finding that a transport does not do what it must. */
class ComplianceError extends Error {
  override readonly name = 'ComplianceError';
}

/** Holds that something is true. */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ComplianceError(what);
}

/** Holds that two values are the same: as JSON, so that fields in another order differ. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [actualText, expectedText] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (actualText === expectedText) return;
  throw new ComplianceError(`${what}: expected ${clip(expectedText)}, and it is ${clip(actualText)}`);
}

/** Holds that two runs of bytes are the same. */
export function checkBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  const differsAt = expected.findIndex((byte, at) => byte !== actual?.[at]);
  if (actual?.length === expected.length && differsAt < 0) return;
  throw new ComplianceError(
    `${what}: ${expected.length} bytes were sent, ${actual?.length ?? 'none'} arrived, and they differ at ${differsAt}`,
  );
}

/** Holds that something is thrown, or rejected with, that has this code. */
export async function checkRefusal(action: () => unknown, code: string | undefined, what: string): Promise<void> {
  let thrown: unknown;
  try {
    await action();
  } catch (error) {
    thrown = error;
  }
  check(thrown instanceof Error, `${what}: an error is expected, and none was thrown`);
  if (code === undefined) return;
  checkEqual('code' in thrown ? thrown.code : undefined, code, `${what} (${thrown.message})`);
}

function clip(text: string | undefined): string {
  return text === undefined || text.length < 400 ? String(text) : `${text.slice(0, 400)}…`;
}
