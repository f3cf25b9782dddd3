import { type Logger, silentLogger } from '@streambus/runtime';
import type { RunningBroker } from './broker/broker.ts';
import { runBroker } from './broker/start.ts';
import { type BrokerConfig, developerPreset, makeBrokerConfig } from './config/index.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** What a program may choose of the broker that it starts. Everything has a default that suits a test. */
export interface StartBrokerOptions {
  /** Where Kafka clients connect, on 127.0.0.1. Default 0: any free port. */
  readonly port?: number;
  /** Where health and metrics are served, on 127.0.0.1; 0 is any free port. Default: nowhere. */
  readonly adminPort?: number;
  /**
   * Where records are kept: in `memory`, in a `temp` folder that is removed when the broker is closed, or in a folder that
   * stays. Default `memory`.
   */
  readonly storage?: 'memory' | 'temp' | { readonly dir: string };
  /**
   * Any other setting, by its property: `{ numPartitions: 6 }`. Defaults are those of `streambus dev`: topics are created on
   * first use, groups do not wait for more members.
   */
  readonly config?: Partial<BrokerConfig>;
  /** Where the broker's own log lines go. Default: nowhere. A pino logger is one. */
  readonly logger?: Logger;
}

/**
 * Starts a broker in this process; resolves when a client can produce. Several may run beside each other.
 *
 * ```ts
 * await using broker = await startBroker();
 * const kafka = new Kafka({ brokers: [broker.bootstrap] });
 * ```
 *
 * @throws ConfigError for options that are not allowed; BrokerError, DiskError or NetworkError when it cannot start
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  const { port = 0, adminPort, storage = 'memory', logger = silentLogger } = options;
  const folder = storage === 'temp' ? await createTemporaryFolder() : undefined;
  const dataDir = folder?.path ?? (typeof storage === 'object' ? storage.dir : undefined);
  try {
    const config = makeBrokerConfig(
      {
        kafkaListen: { host: '127.0.0.1', port },
        adminListen: adminPort === undefined ? undefined : { host: '127.0.0.1', port: adminPort },
        storage: storage === 'memory' ? 'memory' : 'disk',
        ...(dataDir !== undefined && { dataDir }),
        ...options.config,
      },
      developerPreset,
    );
    const broker = await runBroker(config, { logger });
    return folder === undefined ? broker : withFolder(broker, () => folder.remove());
  } catch (thrown) {
    await folder?.remove();
    throw thrown;
  }
}

/** The same broker, whose folder goes when it is closed. */
function withFolder(broker: RunningBroker, remove: () => Promise<void>): RunningBroker {
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= broker.close().finally(remove);
    return closed;
  };
  return {
    bootstrap: broker.bootstrap,
    kafkaAddress: broker.kafkaAddress,
    adminAddress: broker.adminAddress,
    dataDir: broker.dataDir,
    failed: broker.failed,
    close,
    [Symbol.asyncDispose]: close,
  };
}
