import { toError } from '@streambus/runtime';
import { Command, CommanderError } from 'commander';
import type { CliContext } from './context.ts';
import { CliError, exitCodes } from './errors.ts';

/** Adds a command's options, arguments, subcommands and action, when it is the one that was asked for. */
type DefineCommand = (command: Command, context: CliContext) => void;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

/** What each command needs is imported when it is asked for: a broker must be ready soon, and needs no Kafka client. */
const commands: readonly CommandEntry[] = [
  { name: 'start', summary: 'run a broker', load: () => import('./commands/start.ts') },
  {
    name: 'dev',
    summary: 'run a broker for development: topics on first use, nothing to wait for',
    load: () => import('./commands/dev.ts'),
  },
  {
    name: 'config',
    summary: 'print the effective configuration and where each value comes from',
    load: () => import('./commands/config.ts'),
  },
  { name: 'topics', summary: 'create, list, describe and delete topics', load: () => import('./commands/topics.ts') },
  { name: 'produce', summary: 'send lines of stdin as records', load: () => import('./commands/produce.ts') },
  { name: 'consume', summary: 'write records to stdout', load: () => import('./commands/consume.ts') },
];

const examples = `
Examples:
  streambus dev                                       a broker on 127.0.0.1:9092, data in ./streambus-data
  streambus start --data-dir /var/lib/streambus       a broker that keeps to what it is told
  streambus topics create orders --partitions 6
  echo '{"id":1}' | streambus produce orders
  streambus consume orders --from-beginning

Every command has its own --help. Documentation: docs/CONFIGURATION.md`;

/**
 * Runs one command line.
 *
 * @param args - without the names of node and script
 * @returns the exit code
 */
export async function runProgram(args: readonly string[], context: CliContext): Promise<number> {
  const program = buildProgram(context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (thrown) {
    return report(thrown, context);
  }
}

function buildProgram(context: CliContext): Command {
  const program = new Command('streambus')
    .description('An event streaming broker that Kafka clients can talk to.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(`streambus: ${text.replace(/^error: /, '').replace(/\n\(/, ' (')}`),
    })
    .addHelpText('after', examples);
  // The version is read from package.json when it is asked for.
  program.option('-V, --version', 'print the version').on('option:version', () => {
    context.stdout.write(`${context.version()}\n`);
    throw new CommanderError(exitCodes.done, 'commander.version', 'version');
  });
  for (const { name, summary } of commands) program.command(name).description(summary);
  program.hook('preSubcommand', async (_, command) => {
    const entry = commands.find((candidate) => candidate.name === command.name());
    if (entry !== undefined) (await entry.load()).define(command, context);
  });
  return program;
}

/** Says what went wrong in a line, without a stack trace, and turns it into an exit code. */
function report(thrown: unknown, context: CliContext): number {
  // Commander has said its own by now.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const error = toError(thrown);
  for (const line of error.message.split('\n')) context.stderr.write(`streambus: ${line}\n`);
  const isUsage = error.name === 'ConfigError' || (error instanceof CliError && error.code === 'CLI_USAGE');
  return isUsage ? exitCodes.usage : exitCodes.failed;
}
