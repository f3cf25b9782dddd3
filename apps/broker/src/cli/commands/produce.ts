import { type Command, Option } from 'commander';
import { type BatchSender, createBatchSender, type OutgoingRecord } from '../client/batch-sender.ts';
import { toCliError } from '../client/client-error.ts';
import { addBootstrapOption, reach, readConnection } from '../client/connection.ts';
import { readLines } from '../client/lines.ts';
import { createProgress, formatProgress, type Progress } from '../client/progress.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { countOption, pairsOption } from '../options.ts';

const examples = `
Each line of stdin is the value of one record. Records without a key go to the partitions in turn.

Examples:
  echo '{"id":1}' | streambus produce orders
  streambus produce orders --key-separator : < orders.txt      lines such as  42:{"id":42}
  zcat log.gz | streambus produce logs --compression zstd --acks 1`;

const maxLineBytes = 64 * 1024 * 1024;

interface ProduceOptions {
  readonly bootstrap?: string;
  readonly keySeparator?: string;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  readonly acks: '0' | '1' | 'all';
  readonly partition?: number;
  readonly header?: readonly (readonly [string, string])[];
  readonly json?: true;
}

/** `streambus produce TOPIC`: lines of stdin become records. */
export function define(command: Command, context: CliContext): void {
  command
    .argument('<TOPIC>')
    .option('--key-separator <TEXT>', 'what stands between key and value in a line; without it records have no key')
    .addOption(
      new Option('--compression <CODEC>', 'of the record batches')
        .choices(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('none'),
    )
    .addOption(
      new Option('--acks <ACKS>', 'who must have a record: nobody, its leader, or all in-sync replicas')
        .choices(['0', '1', 'all'])
        .default('all'),
    )
    .option('--partition <N>', 'send all to one partition', countOption(0, 2_147_483_647))
    .option('--header <KEY=VALUE>', 'on every record; may be repeated', pairsOption)
    .option('--json', 'print what was sent as JSON');
  addBootstrapOption(command);
  command.addHelpText('after', examples);
  command.action((topic: string, options: ProduceOptions) => produce(topic, options, context));
}

async function produce(topic: string, options: ProduceOptions, context: CliContext): Promise<void> {
  const connection = readConnection(options, context);
  const stop = context.stopSignal();
  const { Producer } = await import('@platformatic/kafka');
  const isAcked = options.acks === 'all';
  const producer = new Producer({
    ...connection,
    acks: isAcked ? -1 : Number(options.acks),
    // Only with acks=all can a broker tell a repeated batch from a new one.
    idempotent: isAcked,
    compression: options.compression,
    autocreateTopics: true,
  });
  const progress = createProgress(context, 'sent', context.stdin.isTTY !== true);
  const sender = createBatchSender(async (records) => {
    await producer.send({ messages: records.map((record) => ({ topic, ...record })) });
  }, progress.add);
  try {
    await reach(producer, [topic], true);
    await sendLines(options, sender, context, stop);
  } catch (thrown) {
    progress.end();
    const { message } = toCliError(thrown, `cannot produce to ${topic}`, connection);
    const { records } = progress.total;
    throw new CliError('CLI_FAILED', records === 0 ? message : `${message} (records sent before: ${records})`);
  } finally {
    progress.end();
    await producer.close().catch(() => {});
  }
  report(topic, options, progress, context);
}

async function sendLines(
  options: ProduceOptions,
  sender: BatchSender,
  context: CliContext,
  stop: AbortSignal,
): Promise<void> {
  const toRecord = createRecordReader(options);
  // Ending stdin ends the reading; what was read is still sent.
  stop.addEventListener('abort', () => context.stdin.destroy(), { once: true });
  try {
    if (!stop.aborted) {
      for await (const lines of readLines(context.stdin, maxLineBytes)) {
        for (const line of lines) await sender.add(toRecord(line));
      }
    }
  } catch (thrown) {
    // A destroyed stdin complains to its reader; a failure to send is heard again from the sender.
    if (!stop.aborted) throw thrown;
  } finally {
    await sender.finish();
  }
}

function createRecordReader(options: ProduceOptions): (line: Buffer) => OutgoingRecord {
  const separator = options.keySeparator === undefined ? undefined : Buffer.from(options.keySeparator);
  const headers = new Map(options.header?.map(([name, value]) => [Buffer.from(name), Buffer.from(value)]));
  const common = {
    ...(options.partition === undefined ? {} : { partition: options.partition }),
    ...(headers.size === 0 ? {} : { headers }),
  };
  let lineNumber = 0;
  return (line) => {
    lineNumber += 1;
    if (separator === undefined || separator.length === 0) return { ...common, value: line };
    const at = line.indexOf(separator);
    if (at < 0) {
      throw new CliError(
        'CLI_FAILED',
        `line ${lineNumber} has no key separator ${JSON.stringify(options.keySeparator)}`,
      );
    }
    return { ...common, key: line.subarray(0, at), value: line.subarray(at + separator.length) };
  };
}

function report(topic: string, options: ProduceOptions, progress: Progress, context: CliContext): void {
  const { records, bytes, elapsedMs } = progress.total;
  if (options.json === true) {
    context.stdout.write(`${JSON.stringify({ topic, records, bytes, elapsedMs: Math.round(elapsedMs) })}\n`);
  } else if (context.stderr.isTTY === true) {
    context.stderr.write(`${formatProgress('sent', progress.total)}\n`);
  }
}
