import { toError } from '@streambus/runtime';
import type { RunningBroker } from '../broker/start.ts';
import { type BrokerConfig, formatSocketAddress } from '../config/index.ts';
import { createLateLogger, isWritten, type LateLogger } from '../logging/index.ts';
import type { PinoSink } from '../logging/pino-sink.ts';
import { aborted } from './aborted.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';

const settleWithinMs = 1000;

/**
 * Runs a broker until it is told to stop.
 *
 * @throws CliError when it cannot start, ends by itself, or does not stop in time
 */
export async function serve(config: BrokerConfig, context: CliContext): Promise<void> {
  const stop = context.stopSignal();
  const log = createLateLogger({ level: config.logLevel }, () => context.clock.wallTimeMs());
  context.onUncaught((error) => {
    log.logger.error({ err: error }, 'an error that nobody caught; the broker ends');
    context.stderr.write(`streambus: the broker ends by a bug of its own: ${error.stack ?? error.message}\n`);
  });
  const broker = await start(config, context, log);
  context.stdout.write(readyLine(broker, context));
  const sink = await openLog(log, config, context);
  context.saveCompiledCode();

  try {
    await runUntilStopped(broker, stop, config, context, log);
  } finally {
    await settleInTime(sink, context);
  }
}

async function runUntilStopped(
  broker: RunningBroker,
  stop: AbortSignal,
  config: BrokerConfig,
  context: CliContext,
  log: LateLogger,
): Promise<void> {
  const cause = await Promise.race([aborted(stop), broker.failed]);
  if (cause instanceof Error) log.logger.error({ err: cause }, 'the broker cannot go on');
  else log.logger.info({ signal: cause }, 'stopping');
  await closeInTime(broker, config, context);
  log.logger.info({}, 'stopped');
  if (cause instanceof Error) throw new CliError('CLI_FAILED', `the broker ended: ${cause.message}`, { cause });
}

async function start(config: BrokerConfig, context: CliContext, log: LateLogger): Promise<RunningBroker> {
  try {
    const { runBroker } = await import('../broker/start.ts');
    return await runBroker(config, { logger: log.logger });
  } catch (thrown) {
    const error = toError(thrown);
    log.logger.debug({ err: error }, 'the broker cannot start');
    // Whoever mistyped a port wants one line, not the story of the start.
    const sink = await openLog(log, config, context, config.logLevel === 'debug' ? 'debug' : 'warn');
    await settleInTime(sink, context);
    throw new CliError('CLI_FAILED', `the broker cannot start: ${error.message}`, { cause: error });
  }
}

function readyLine(broker: RunningBroker, context: CliContext): string {
  const admin = broker.adminAddress === undefined ? 'none' : formatSocketAddress(broker.adminAddress);
  const elapsedMs = Math.round(context.clock.wallTimeMs() - context.startedAtMs);
  return `streambus ready kafka=${formatSocketAddress(broker.kafkaAddress)} admin=${admin} data=${broker.dataDir ?? 'memory'} in ${elapsedMs} ms\n`;
}

/** Loads pino, which readiness does not need, and gives it what was said so far. */
async function openLog(
  log: LateLogger,
  config: BrokerConfig,
  context: CliContext,
  least: 'debug' | 'warn' = 'debug',
): Promise<PinoSink> {
  const isTerminal = context.stderr.isTTY === true;
  const { openPinoSink } = await import('../logging/pino-sink.ts');
  const sink = await openPinoSink({
    format: config.logFormat === 'auto' ? (isTerminal ? 'pretty' : 'json') : config.logFormat,
    colour: isTerminal && !context.environment['NO_COLOR'],
    descriptor: 2,
  });
  context.onExit(() => sink.flush());
  log.attach((line) => {
    if (isWritten(line.level, least)) sink.write(line);
  });
  return sink;
}

/** Lets the last lines out, unless their reader has stopped reading. */
async function settleInTime(sink: PinoSink, context: CliContext): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = context.clock.setTimer(settleWithinMs, () => late.resolve());
  await Promise.race([sink.settle(), late.promise]);
  timer.cancel();
}

async function closeInTime(broker: RunningBroker, config: BrokerConfig, context: CliContext): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = context.clock.setTimer(config.shutdownTimeoutMs, () => {
    const message = `the broker did not stop within shutdown.timeout.ms=${config.shutdownTimeoutMs}; it ends as it is, and will recover at the next start`;
    reject(new CliError('CLI_FAILED', message));
  });
  try {
    await Promise.race([broker.close(), promise]);
  } finally {
    timer.cancel();
  }
}
