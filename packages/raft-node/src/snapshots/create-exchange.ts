import type { Raft } from '@streambus/raft';
import type { PeerNetwork } from '../peers/peer-network.ts';
import type { ReplicaStorage } from '../storage/replica-storage.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { SnapshotExchange } from './snapshot-exchange.ts';

/** What of a node an exchange is made for. */
export interface ExchangeNode extends Pick<ExchangeParts, 'clock' | 'random' | 'logger' | 'observer' | 'emit'> {
  readonly raft: Raft;
  readonly storage: ReplicaStorage;
  readonly network: PeerNetwork | undefined;
  readonly answerTicks: number;
}

/** Makes the exchange of a node. */
export function createExchange(
  { raft, storage, network, answerTicks, ...node }: ExchangeNode,
  entrance: Pick<ExchangeParts, 'enter' | 'step' | 'onUnusable'>,
): SnapshotExchange {
  return new SnapshotExchange({
    ...node,
    ...entrance,
    self: raft.id,
    snapshots: storage.snapshots,
    electionTimeoutTicks: answerTicks,
    send: (to, bytes) => network?.sendSnapshot(to, bytes) ?? 'unknown-peer',
    term: () => raft.term,
    commit: () => raft.commit,
    report: (to, status) => raft.reportSnapshot(to, status),
  });
}
