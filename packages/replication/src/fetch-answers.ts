import type { Log } from '@streambus/log';
import { PartitionError } from './errors.ts';
import { decideFetch, type FetchedReplica, type ReplicaRole } from './fetch-rules.ts';
import type { FetchErrorName, PartitionEnds, PartitionFetchAnswer, PartitionFetchRequest } from './fetches.ts';
import type { KnownState } from './known-state.ts';
import type { PartitionRead } from './partition.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { ReplicaRoleDriver } from './replica-role.ts';

/** What answers to fetches are made of. */
export interface FetchAnswersParts {
  /** Topic and partition. */
  readonly name: string;
  readonly log: Log;
  readonly known: KnownState;
  readonly role: ReplicaRoleDriver;
  readonly reader: PartitionReader;
}

/** Answers the fetches of consumers and followers, and tells the leader's state how far these are. */
export class FetchAnswers implements FetchedReplica {
  readonly #parts: FetchAnswersParts;

  constructor(parts: FetchAnswersParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get role(): ReplicaRole {
    return this.#parts.role.role;
  }

  get leaderEpoch(): number {
    return this.#parts.role.knownEpoch;
  }

  get logStartOffset(): number {
    return this.#parts.log.startOffset;
  }

  /** What is taken and not yet written may be taken back within this leader epoch, and nobody could tell. */
  get readableEndOffset(): number {
    return this.#parts.log.writtenEndOffset;
  }

  get highWatermark(): number {
    return this.#parts.role.highWatermark;
  }

  get lastEpoch(): number {
    return this.#parts.known.epochs.latest;
  }

  isReplica(brokerId: number): boolean {
    return this.#parts.role.leaderState?.isReplica(brokerId) ?? false;
  }

  epochEndOffset(epoch: number): { readonly epoch: number; readonly endOffset: number } | undefined {
    const { epochs } = this.#parts.known;
    const endOffset = this.readableEndOffset;
    const leadsIn = this.#parts.role.leaderState?.leaderEpoch ?? -1;
    if (epoch < 0) return undefined;
    if (epoch <= epochs.latest || epoch > leadsIn) return epochs.endOffsetFor(epoch, endOffset);
    // Neither it nor a later one has written anything: it ends where the log does, and who has come there in it is not cut off.
    const isCurrent = epoch === leadsIn || epochs.latest < 0;
    return { epoch: isCurrent ? epoch : epochs.latest, endOffset };
  }

  answer(request: PartitionFetchRequest): PartitionFetchAnswer | Promise<PartitionFetchAnswer> {
    const decision = decideFetch(this, request);
    if (decision.kind !== 'read') return { ...decision, ...this.#ends };
    const { reader, fetchOffset, maxBytes, minOneBatch } = request;
    if (reader.kind === 'follower') {
      const { brokerId, brokerEpoch, logStartOffset } = reader;
      this.#parts.role.fetched({ brokerId, brokerEpoch, endOffset: fetchOffset, logStartOffset });
    }
    const wish = { fromOffset: fetchOffset, endOffset: decision.endOffset, maxBytes, minOneBatch };
    try {
      const read = this.#parts.reader.read(wish);
      return read instanceof Promise ? this.#answerLater(read) : this.#records(read);
    } catch (thrown) {
      return this.#refusal(thrown);
    }
  }

  async #answerLater(read: Promise<PartitionRead>): Promise<PartitionFetchAnswer> {
    const epoch = this.leaderEpoch;
    try {
      const records = await read;
      if (this.leaderEpoch === epoch) return this.#records(records);
    } catch (thrown) {
      return this.#refusal(thrown);
    }
    // What was read may have been cut off meanwhile.
    const message = `${this.name} has another leader epoch than when the fetch came`;
    return { kind: 'refused', error: 'NOT_LEADER_OR_FOLLOWER', message, ...this.#ends };
  }

  #records({ chunks, sizeBytes }: PartitionRead): PartitionFetchAnswer {
    return { kind: 'records', chunks, sizeBytes, ...this.#ends };
  }

  #refusal(thrown: unknown): PartitionFetchAnswer {
    if (!(thrown instanceof PartitionError)) throw thrown;
    return { kind: 'refused', error: errorNameOf(thrown), message: thrown.message, ...this.#ends };
  }

  get #ends(): PartitionEnds {
    return { highWatermark: this.highWatermark, logStartOffset: this.logStartOffset };
  }
}

function errorNameOf({ code }: PartitionError): FetchErrorName {
  if (code === 'PARTITION_OFFSET_OUT_OF_RANGE') return 'OFFSET_OUT_OF_RANGE';
  return code === 'PARTITION_CLOSED' ? 'NOT_LEADER_OR_FOLLOWER' : 'KAFKA_STORAGE_ERROR';
}
