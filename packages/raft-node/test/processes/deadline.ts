/** What is not there by then will not come: far beyond what any wait takes, also on a busy machine. */
const deadlineMs = 20_000;
const pollMs = 20;

/** Waits for a promise, and not for ever. */
export async function within<Result>(promise: Promise<Result>, what: () => string): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`after ${deadlineMs} ms: ${what()}`)), deadlineMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks over and over again, until the answer suits. */
export async function eventually<Result>(
  ask: () => Result | Promise<Result>,
  suits: (result: Result) => boolean,
): Promise<Result> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const result = await ask();
    if (suits(result)) return result;
    if (performance.now() > untilMs) throw new Error(`after ${deadlineMs} ms it is still ${JSON.stringify(result)}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
