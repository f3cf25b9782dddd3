import type { BrokerEndpoint, MetadataState, MetadataStore } from '@streambus/metadata';
import { type Clock, delay, type Logger, type Random, randomUuid, StreamBusError, toError } from '@streambus/runtime';
import { BrokerError } from '../broker/errors.ts';

/** What of a data folder says as whom it was registered. */
export interface IncarnationRecord {
  /** The latest ones that may have been registered, the newest last; undefined for a folder that was written before they were kept. */
  readonly incarnations: readonly string[] | undefined;
  /** Resolves when it is durable that this one may be registered. */
  noteIncarnation(incarnation: string): Promise<void>;
}

/** What a session is made with. */
export interface BrokerSessionOptions {
  readonly brokerId: number;
  readonly endpoints: readonly BrokerEndpoint[];
  /** This process must not go on: another one has taken its place. */
  readonly onReplaced: (error: Error) => void;
}

/** What a session takes from outside. */
export interface BrokerSessionDependencies {
  readonly store: MetadataStore;
  readonly folder: IncarnationRecord;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Between two attempts to be let in again, where the store's own attempts did not help. */
const retryAfterMs = 200;

/**
 * This process as a broker of its cluster: registered under an incarnation of its own, and active from when it can be used until it stops. What an
 * earlier process of the same id says counts no more.
 */
export class BrokerSession {
  readonly incarnation: string;
  readonly #options: BrokerSessionOptions;
  readonly #dependencies: BrokerSessionDependencies;
  readonly #stopping = new AbortController();
  #unsubscribe: () => void = () => {};
  #reentering: Promise<void> | undefined;

  constructor(options: BrokerSessionOptions, dependencies: BrokerSessionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.incarnation = randomUuid(dependencies.random);
  }

  /** Takes the place of the last process. The broker leads nothing until {@link begin}. @throws BrokerError `BROKER_NOT_REGISTERED` */
  async register(): Promise<void> {
    const { store, folder } = this.#dependencies;
    const { brokerId, endpoints } = this.#options;
    const previous = previousIncarnation(await store.read({ barrier: true }), brokerId, folder.incarnations);
    // Before it can be registered: what is registered must be in the folder, whenever this process ends.
    await folder.noteIncarnation(this.incarnation);
    const answer = await store.submit({
      kind: 'registerBroker',
      brokerId,
      incarnation: this.incarnation,
      endpoints,
      ...(previous !== undefined && { previousIncarnation: previous }),
    });
    if (answer.status === 'applied') return;
    throw new BrokerError('BROKER_NOT_REGISTERED', `the cluster refused broker ${brokerId}: ${answer.refusal.message}`);
  }

  /** Becomes active, and stays so: whoever was taken for dead and lives comes back by itself. */
  async begin(): Promise<void> {
    const { store } = this.#dependencies;
    const { brokerId } = this.#options;
    await store.unfenceBroker({ brokerId, incarnation: this.incarnation });
    this.#unsubscribe = store.subscribe((delta, state) => {
      if (delta.brokersChanged.includes(brokerId)) this.#look(state);
    });
  }

  /** Gives all leaderships away that another broker can take; resolves when they are, or cannot be. */
  async drain(timeoutMs: number): Promise<void> {
    const { store, logger } = this.#dependencies;
    const { brokerId } = this.#options;
    this.stop();
    const { brokers } = store.state;
    if (![...brokers.values()].some((other) => other.brokerId !== brokerId && other.status === 'active')) return;
    try {
      const answer = await store.drainBroker({ brokerId, incarnation: this.incarnation }, { timeoutMs });
      logger.info(
        { movedLeaders: answer.movedLeaderCount, leaderless: answer.leaderlessCount },
        'gave its leaderships away',
      );
    } catch (thrown) {
      // Such as when all stop at once, and this one is the last.
      logger.info({ why: toError(thrown).message }, 'could not give its leaderships away');
    }
  }

  /** Nothing is proposed from now on. */
  stop(): void {
    this.#unsubscribe();
    this.#stopping.abort(new BrokerError('BROKER_STOPPING', 'the broker is stopping'));
  }

  #look({ brokers }: MetadataState): void {
    const { brokerId, onReplaced } = this.#options;
    const broker = brokers.get(brokerId);
    if (broker?.incarnation !== this.incarnation) {
      this.stop();
      const how = broker === undefined ? 'was removed from the cluster' : 'was registered by another process';
      onReplaced(new BrokerError('BROKER_REPLACED', `broker ${brokerId} ${how}`));
    } else if (broker.status === 'fenced') {
      this.#reentering ??= this.#reenter().finally(() => {
        this.#reentering = undefined;
      });
    }
  }

  /** The others took this broker for dead. It waits until it has seen what was decided meanwhile. */
  async #reenter(): Promise<void> {
    const { store, clock, logger } = this.#dependencies;
    const { brokerId } = this.#options;
    const { signal } = this.#stopping;
    logger.warn({ broker: brokerId }, 'was taken for dead; comes back');
    while (!signal.aborted) {
      try {
        const { brokers } = await store.read({ barrier: true, signal });
        if (brokers.get(brokerId)?.status !== 'fenced') return;
        await store.unfenceBroker({ brokerId, incarnation: this.incarnation }, { signal });
        return;
      } catch (thrown) {
        const error = toError(thrown);
        if (signal.aborted || (error instanceof StreamBusError && error.code === 'STALE_INCARNATION')) return;
        logger.warn({ err: error }, 'could not come back yet');
        await delay(clock, retryAfterMs, signal).catch(() => {});
      }
    }
  }
}

/**
 * As whom the folder was registered, for the cluster to tell whether what that one acknowledged is here.
 *
 * @returns undefined where the folder is too old to say
 */
function previousIncarnation(
  { brokers }: MetadataState,
  brokerId: number,
  noted: readonly string[] | undefined,
): string | null | undefined {
  if (noted === undefined) return undefined;
  const registered = brokers.get(brokerId)?.incarnation;
  // A process that ended before it was registered has left a name that nobody knows.
  return registered !== undefined && noted.includes(registered) ? registered : (noted.at(-1) ?? null);
}
