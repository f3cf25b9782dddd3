import { toError } from '@streambus/runtime';
import type { RunningBroker } from '../broker/start.ts';
import { type BrokerConfig, formatSocketAddress } from '../config/index.ts';
import { createLateLogger, isWritten, type LateLogger } from '../logging/index.ts';
import type { CliContext } from './context.ts';
import { CliError } from './errors.ts';

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
  await openLog(log, config, context);
  context.saveCompiledCode();

  const cause = await Promise.race([aborted(stop), broker.failed]);
  if (cause instanceof Error) log.logger.error({ err: cause }, 'the broker cannot go on');
  else log.logger.info({ signal: cause }, 'stopping');
  await closeInTime(broker, config, context);
  if (cause instanceof Error) throw new CliError('CLI_FAILED', `the broker ended: ${cause.message}`, { cause });
}

async function start(config: BrokerConfig, context: CliContext, log: LateLogger): Promise<RunningBroker> {
  try {
    const { runBroker } = await import('../broker/start.ts');
    return await runBroker(config, { logger: log.logger });
  } catch (thrown) {
    const error = toError(thrown);
    log.logger.debug({ err: error }, 'the broker cannot start');
    await openLog(log, config, context, config.logLevel === 'debug' ? 'debug' : 'warn');
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
): Promise<void> {
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
  // What was said before belongs above whatever the command itself says next.
  sink.flush();
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(String(signal.reason));
    else signal.addEventListener('abort', () => resolve(String(signal.reason)), { once: true });
  });
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
