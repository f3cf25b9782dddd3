import { leaderEpoch, type MetadataStore, partitionEpoch } from '@streambus/metadata';
import type { IsrAnswer, IsrProposal, Partition } from '@streambus/replication';
import { type Logger, StreamBusError, toError } from '@streambus/runtime';

/** Asks the metadata for changes of in-sync replicas, as the leaders here want them, and tells these what became of it. */
export class IsrProposals {
  readonly #store: Pick<MetadataStore, 'submit'>;
  readonly #logger: Logger;

  constructor(store: Pick<MetadataStore, 'submit'>, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Returns at once. */
  propose(partition: Partition, proposal: IsrProposal): void {
    void this.#ask(proposal).then((answer) => partition.isrAnswered(proposal, answer));
  }

  async #ask(proposal: IsrProposal): Promise<IsrAnswer> {
    const { topic, partition, isr, entering, leaving } = proposal;
    const fields = { topic, partition, isr: isr.map(({ brokerId }) => brokerId), entering, leaving };
    try {
      const answer = await this.#store.submit({
        kind: 'changePartition',
        name: topic,
        partition,
        partitionEpoch: partitionEpoch(proposal.partitionEpoch),
        leaderEpoch: leaderEpoch(proposal.leaderEpoch),
        isr,
      });
      if (answer.status === 'refused') {
        this.#logger.debug({ ...fields, refusal: answer.refusal.code }, 'the in-sync replicas stay as they are');
        return { kind: 'rejected' };
      }
      this.#logger.info(fields, 'the in-sync replicas have changed');
      return { kind: 'accepted', partitionEpoch: answer.result.partitionEpoch, isr: answer.result.isr };
    } catch (thrown) {
      const error = toError(thrown);
      this.#logger.warn({ ...fields, err: error }, 'could not change the in-sync replicas');
      return { kind: error instanceof StreamBusError && error.outcome === 'rejected' ? 'rejected' : 'unknown' };
    }
  }
}
