import { once } from 'node:events';
import type { Command } from 'commander';
import { toCliError } from '../client/client-error.ts';
import { addBootstrapOption, type ClientConnection, reach, readConnection } from '../client/connection.ts';
import { type ConsumedRecord, formatJsonLine, formatValueLine, type RecordSource } from '../client/consumed-record.ts';
import { createGroupSource } from '../client/group-source.ts';
import { createPartitionSource } from '../client/partition-source.ts';
import { createProgress } from '../client/progress.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { countOption } from '../options.ts';

const examples = `
The value of each record becomes a line of stdout; --json shows key, headers, partition, offset and timestamp too.
Without --group partitions are read directly and nothing is remembered. With it, offsets are committed once records
were written, and the next run goes on behind them.

Examples:
  streambus consume orders                                     what comes from now on, until Ctrl-C
  streambus consume orders --from-beginning --exit-on-end      what is there
  streambus consume orders --group billing --from-beginning
  streambus consume orders --from-beginning --max-messages 10 --json | jq .key`;

interface ConsumeOptions {
  readonly bootstrap?: string;
  readonly fromBeginning?: true;
  readonly group?: string;
  readonly partition?: number;
  readonly maxMessages?: number;
  readonly exitOnEnd?: true;
  readonly json?: true;
}

/** `streambus consume TOPIC`: records become lines of stdout. */
export function define(command: Command, context: CliContext): void {
  command
    .argument('<TOPIC>')
    .option('--from-beginning', 'from the first record kept; with a group, where it has committed nothing yet')
    .option('--group <GROUP>', 'read as a member of this consumer group')
    .option('--partition <N>', 'read one partition only', countOption(0, 2_147_483_647))
    .option('--max-messages <N>', 'end after so many', countOption(1))
    .option('--exit-on-end', 'end at what was there when it began')
    .option('--json', 'print whole records as JSON, one a line');
  addBootstrapOption(command);
  command.addHelpText('after', examples);
  command.action((topic: string, options: ConsumeOptions) => consume(topic, options, context));
}

async function consume(topic: string, options: ConsumeOptions, context: CliContext): Promise<void> {
  if (options.group !== undefined && options.partition !== undefined) {
    throw new CliError('CLI_USAGE', '--group and --partition exclude each other: a group assigns partitions itself');
  }
  const connection = readConnection(options, context);
  const stop = stopOrClosedOutput(context);
  let source: RecordSource | undefined;
  const progress = createProgress(context, 'read', context.stdout.isTTY !== true);
  try {
    // Connecting may take long and can be given up at any time: nothing was read yet.
    source = await Promise.race([openSource(topic, options, connection, context, stop), rejectionOf(stop)]);
    await copy(source, options, context, stop, progress.add);
  } catch (thrown) {
    // A connection that is being taken down complains; whoever asked for that knows.
    if (!stop.aborted) throw toCliError(thrown, `cannot consume ${topic}`, connection);
  } finally {
    progress.end();
    await source?.close().catch(() => {});
  }
}

/** A reader of stdout that goes away, as `| head` does, ends it just as a signal does. */
function stopOrClosedOutput(context: CliContext): AbortSignal {
  const closed = new AbortController();
  context.stdout.once('error', () => closed.abort('stdout is closed'));
  return AbortSignal.any([context.stopSignal(), closed.signal]);
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function openSource(
  topic: string,
  options: ConsumeOptions,
  connection: ClientConnection,
  context: CliContext,
  stop: AbortSignal,
): Promise<RecordSource> {
  const { Consumer } = await import('@platformatic/kafka');
  const { group, partition } = options;
  const consumer = new Consumer({ ...connection, groupId: group ?? connection.clientId, autocommit: false });
  const common = { topic, stop, fromBeginning: options.fromBeginning === true, exitOnEnd: options.exitOnEnd === true };
  try {
    await reach(consumer, [topic]);
    return group === undefined
      ? await createPartitionSource(consumer, { ...common, ...(partition === undefined ? {} : { partition }) })
      : await createGroupSource(consumer, context.clock, common);
  } catch (thrown) {
    await consumer.close(true).catch(() => {});
    throw thrown;
  }
}

async function copy(
  source: RecordSource,
  options: ConsumeOptions,
  context: CliContext,
  stop: AbortSignal,
  onWritten: (records: number, bytes: number) => void,
): Promise<void> {
  const format = options.json === true ? formatJsonLine : formatValueLine;
  let left = options.maxMessages ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const records: readonly ConsumedRecord[] | undefined = (await source.next())?.slice(0, left);
    if (records === undefined) return;
    const bytes = Buffer.concat(records.map(format));
    if (!context.stdout.write(bytes)) await once(context.stdout, 'drain', { signal: stop });
    left -= records.length;
    onWritten(records.length, bytes.length);
    await source.done(records);
  }
}
