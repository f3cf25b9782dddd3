import type { Admin } from '@platformatic/kafka';
import type { Command } from 'commander';
import { toCliError } from '../client/client-error.ts';
import { addBootstrapOption, reach, readConnection } from '../client/connection.ts';
import { describeTopic, type TopicDescription } from '../client/topic-description.ts';
import type { CliContext } from '../context.ts';
import { countOption, pairsOption } from '../options.ts';
import { formatTable } from '../table.ts';

const examples = `
Examples:
  streambus topics create orders --partitions 6 --config retention.ms=3600000
  streambus topics list
  streambus topics describe orders --json
  streambus topics delete orders`;

interface CommonOptions {
  readonly bootstrap?: string;
  readonly json?: true;
}

interface CreateOptions extends CommonOptions {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly config?: readonly (readonly [string, string])[];
  readonly ifNotExists?: true;
}

interface DeleteOptions extends CommonOptions {
  readonly ifExists?: true;
}

/** `streambus topics …`: what a cluster keeps. */
export function define(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  defineCreate(command.command('create'), context);
  defineList(command.command('list'), context);
  defineDescribe(command.command('describe'), context);
  defineDelete(command.command('delete'), context);
}

function defineCreate(command: Command, context: CliContext): void {
  command
    .description('create topics')
    .argument('<TOPIC...>')
    .option('--partitions <N>', 'default: what the broker says (num.partitions)', countOption(1, 100_000))
    .option('--replicas <N>', 'default: what the broker says (default.replication.factor)', countOption(1, 32_767))
    .option('--config <KEY=VALUE>', 'a topic configuration, such as retention.ms=3600000; may be repeated', pairsOption)
    .option('--if-not-exists', 'leave a topic that is there as it is');
  addCommonOptions(command);
  command.action((topics: readonly string[], options: CreateOptions) =>
    withAdmin(options, context, `cannot create ${topics.join(', ')}`, async (admin) => {
      const created: { readonly topic: string; readonly created: boolean }[] = [];
      for (const topic of topics) created.push({ topic, created: await createTopic(admin, topic, options) });
      print(options, context, created, ({ topic, created: isNew }) => `${isNew ? 'created' : 'kept'} ${topic}\n`);
    }),
  );
}

function defineList(command: Command, context: CliContext): void {
  command.description('list all topics').option('--internal', 'those of the cluster itself too');
  addCommonOptions(command);
  command.action((options: CommonOptions & { readonly internal?: true }) =>
    withAdmin(options, context, 'cannot list topics', async (admin) => {
      const names = (await admin.listTopics({ includeInternals: options.internal === true })).sort();
      const { topics } = await admin.metadata({ topics: names, forceUpdate: true });
      const rows = names.map((topic) => ({
        topic,
        partitions: topics.get(topic)?.partitionsCount ?? 0,
        replicas: topics.get(topic)?.partitions[0]?.replicas.length ?? 0,
      }));
      if (options.json === true) return printJson(context, rows);
      const cells = rows.map(({ topic, partitions, replicas }) => [topic, String(partitions), String(replicas)]);
      context.stdout.write(formatTable(['TOPIC', 'PARTITIONS', 'REPLICAS'], cells));
    }),
  );
}

function defineDescribe(command: Command, context: CliContext): void {
  command.description('show partitions, offsets and configuration').argument('<TOPIC...>');
  addCommonOptions(command);
  command.action((topics: readonly string[], options: CommonOptions) =>
    withAdmin(options, context, `cannot describe ${topics.join(', ')}`, async (admin) => {
      const descriptions: TopicDescription[] = [];
      for (const topic of topics) descriptions.push(await describeTopic(admin, topic));
      print(options, context, descriptions, formatDescription);
    }),
  );
}

function defineDelete(command: Command, context: CliContext): void {
  command
    .description('delete topics and all their records')
    .argument('<TOPIC...>')
    .option('--if-exists', 'accept that a topic is not there');
  addCommonOptions(command);
  command.action((topics: readonly string[], options: DeleteOptions) =>
    withAdmin(options, context, `cannot delete ${topics.join(', ')}`, async (admin) => {
      const deleted: { readonly topic: string; readonly deleted: boolean }[] = [];
      for (const topic of topics) deleted.push({ topic, deleted: await deleteTopic(admin, topic, options) });
      print(
        options,
        context,
        deleted,
        ({ topic, deleted: wasThere }) => `${wasThere ? 'deleted' : 'there was no'} ${topic}\n`,
      );
    }),
  );
}

function addCommonOptions(command: Command): void {
  command.option('--json', 'print JSON');
  addBootstrapOption(command);
}

async function withAdmin(
  options: CommonOptions,
  context: CliContext,
  what: string,
  work: (admin: Admin) => Promise<void>,
): Promise<void> {
  const connection = readConnection(options, context);
  const { Admin: AdminClient } = await import('@platformatic/kafka');
  // A topic that is not there is, to the library, one that may be there soon.
  const admin = new AdminClient({ ...connection, retries: 3 });
  try {
    await reach(admin, []);
    await work(admin);
  } catch (thrown) {
    throw toCliError(thrown, what, connection);
  } finally {
    await admin.close().catch(() => {});
  }
}

async function createTopic(admin: Admin, topic: string, options: CreateOptions): Promise<boolean> {
  const configs = options.config?.map(([name, value]) => ({ name, value })) ?? [];
  try {
    // -1 is the protocol's word for what the broker says.
    await admin.createTopics({
      topics: [topic],
      partitions: options.partitions ?? -1,
      replicas: options.replicas ?? -1,
      configs,
    });
    return true;
  } catch (thrown) {
    if (options.ifNotExists === true && wasAnswered(thrown, 'TOPIC_ALREADY_EXISTS')) return false;
    throw thrown;
  }
}

async function deleteTopic(admin: Admin, topic: string, options: DeleteOptions): Promise<boolean> {
  try {
    await admin.deleteTopics({ topics: [topic] });
    return true;
  } catch (thrown) {
    if (options.ifExists === true && wasAnswered(thrown, 'UNKNOWN_TOPIC_OR_PARTITION')) return false;
    throw thrown;
  }
}

/** Whether a broker answered with this error, however deep the library has wrapped it. */
function wasAnswered(thrown: unknown, code: string): boolean {
  if (!(thrown instanceof Error)) return false;
  if ('apiId' in thrown && thrown.apiId === code) return true;
  const inner: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  return [...inner, thrown.cause].some((each) => wasAnswered(each, code));
}

function print<Item>(
  options: CommonOptions,
  context: CliContext,
  items: readonly Item[],
  format: (item: Item) => string,
): void {
  if (options.json === true) printJson(context, items);
  else context.stdout.write(items.map(format).join(''));
}

function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

function formatDescription(description: TopicDescription): string {
  const { topic, topicId, partitions, configs } = description;
  const rows = partitions.map((each) => [
    String(each.partition),
    String(each.leader),
    each.replicas.join(','),
    each.inSyncReplicas.join(','),
    String(each.startOffset),
    String(each.endOffset),
  ]);
  const table = formatTable(['PARTITION', 'LEADER', 'REPLICAS', 'IN SYNC', 'START OFFSET', 'END OFFSET'], rows);
  const settings = Object.entries(configs).map(([key, value]) => `${key}=${value}\n`);
  return `${topic}  id=${topicId}\n${table}${settings.join('')}\n`;
}
