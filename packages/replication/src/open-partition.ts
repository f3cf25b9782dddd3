import { type Log, openLog, type RecoveryReport } from '@streambus/log';
import { makeDurableDirectory } from '@streambus/runtime';
import { partitionErrorOf } from './errors.ts';
import { KnownState } from './known-state.ts';
import type { Partition, PartitionDependencies, PartitionOptions } from './partition.ts';
import { recordBatchFormat } from './record-batch-format.ts';
import { Replica } from './replica.ts';

/** An open partition and what recovery of its log found. */
export interface OpenedPartition {
  readonly partition: Partition;
  readonly recovery: RecoveryReport;
}

/**
 * Opens a partition's replica, recovering its log and what is known beside it. It neither leads nor follows yet.
 *
 * @throws PartitionError `PARTITION_DAMAGED`, `PARTITION_STORAGE_FAILED`
 */
export async function openPartition(
  options: PartitionOptions,
  dependencies: PartitionDependencies,
): Promise<OpenedPartition> {
  const { topic, partition, folder, settings } = options;
  const { disk, clock, resources, observer } = dependencies;
  const logger = dependencies.logger.child({ topic, partition });
  let opened: Log | undefined;
  let replica: Replica | undefined;
  try {
    await makeDurableDirectory(disk, folder);
    const { log, recovery } = await openLog(
      { ...settings.log, folder, format: recordBatchFormat },
      {
        disk,
        clock,
        logger,
        ...(resources && { resources }),
        observer: {
          onAdvanced: () => replica?.advanced(),
          onRejected: (_log, error) => replica?.rejected(error),
          onSync: (durationMs, bytes) => observer?.onSync?.(durationMs, bytes),
        },
      },
    );
    opened = log;
    const highWatermark = (): number => replica?.highWatermark ?? log.startOffset;
    const known = new KnownState(folder, log, { disk, clock, highWatermark });
    // What a killed process had written and not synced is there: it is made safe before anybody counts on it.
    await log.flush();
    await known.restore();
    replica = new Replica(options, dependencies, { log, known, logger });
    await replica.loadCompressions();
    return { partition: replica, recovery };
  } catch (thrown) {
    await opened?.close();
    throw partitionErrorOf(`${topic}-${partition}`, thrown);
  }
}
