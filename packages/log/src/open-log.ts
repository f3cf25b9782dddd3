import { assert, silentLogger } from '@streambus/runtime';
import { toLogError } from './errors.ts';
import type { LogDependencies, LogOptions, OpenedLog } from './log.ts';
import { createCounters, type LogContext } from './log-context.ts';
import { type ResolvedOptions, resolveOptions } from './log-options.ts';
import { createLogResources, type LogResources, SharedResources } from './log-resources.ts';
import { recoverLog } from './recovery.ts';
import { SegmentedLog } from './segmented-log.ts';

/** What a log keeps open and in memory when it shares nothing. */
const ownResources = { maxOpenFiles: 8, maxIndexCacheBytes: 1024 * 1024, maxTailCacheBytes: Number.MAX_SAFE_INTEGER };

/**
 * Opens the log in a folder, or begins one there: reads what was not closed properly, and cuts off a torn tail.
 *
 * @throws LogError `LOG_DAMAGED` naming file and byte, with no segment changed; `LOG_INVALID_OPTION`; `LOG_FULL`,
 * `LOG_TOO_MANY_FILES`, `LOG_DISK`
 */
export async function openLog(options: LogOptions, dependencies: LogDependencies): Promise<OpenedLog> {
  const resolved = resolveOptions(options);
  const context = createContext(resolved, dependencies);
  try {
    const recovered = await recoverLog(context, resolved);
    const log = new SegmentedLog(context, dependencies.observer ?? {}, recovered);
    await log.settleRecovery(recovered);
    return { log, recovery: recovered.report };
  } catch (error) {
    throw toLogError(error, `the log in ${options.folder} cannot be opened`);
  }
}

function createContext(options: ResolvedOptions, dependencies: LogDependencies): LogContext {
  const { folder, format, offsets, settings } = options;
  const { disk, clock, logger = silentLogger } = dependencies;
  const resources: LogResources = dependencies.resources ?? createLogResources({ disk }, ownResources);
  assert(resources instanceof SharedResources, 'resources must come from createLogResources');
  const counters = createCounters();
  return { folder, format, offsets, disk, clock, logger, resources, counters, settings };
}
