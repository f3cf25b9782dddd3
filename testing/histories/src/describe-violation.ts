import type { LinearizabilityReport } from './check-linearizable.ts';
import type { Operation } from './history.ts';

const shownOperations = 12;

/** A violation in words, for the message of a test: the end of what can be explained, and what cannot. */
export function describeViolation<Input, Output>(
  report: LinearizabilityReport<Input, Output> & { readonly verdict: 'violated' },
): string {
  const { explained, unexplained } = report;
  const hidden = Math.max(0, explained.length - shownOperations);
  return [
    `no order explains what ${lineOf(unexplained)}`,
    `best order found for ${explained.length} others${hidden > 0 ? `, the first ${hidden} left out` : ''}:`,
    ...explained.slice(hidden).map((operation) => `  ${lineOf(operation)}`),
  ].join('\n');
}

function lineOf({ client, input, output, calledAt, returnedAt }: Operation<unknown, unknown>): string {
  const what = `client ${client} did from ${calledAt}`;
  const answer = returnedAt === undefined ? 'without an answer' : `to ${returnedAt}, answer ${JSON.stringify(output)}`;
  return `${what} ${answer}: ${JSON.stringify(input)}`;
}
