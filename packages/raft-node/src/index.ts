/**
 * Runs one replica of a state machine: the Raft core, a durable log, and exactly-once proposals.
 *
 * @packageDocumentation
 */
export { createRaftNode } from './create-raft-node.ts';
export { RaftNodeError, type RaftNodeErrorCode, type RaftNodeErrorOptions, raftNodeErrorCodes } from './errors.ts';
export type { RaftNodeEvent, RaftNodeListener } from './events.ts';
export type { MembershipChange } from './membership.ts';
export type { RaftNodeObserver } from './observer.ts';
export type { RaftNodeOptions, RaftNodeStorageOption } from './options.ts';
export type { RaftTransport } from './peers/peer-network.ts';
export { createRaftChannels, type RaftChannels } from './peers/raft-channels.ts';
export type { ProposeOptions, RaftNetwork, RaftNode, RaftNodeDependencies } from './raft-node.ts';
export type { OpenSessionOptions, Session, SessionId, SessionProposal, SessionStamp } from './session.ts';
export type { AppliedEntry, StateMachine, StateMachineRestore, StateMachineSnapshot } from './state-machine.ts';
export type { RaftNodePhase, RaftNodeStatus, SnapshotTransfer } from './status.ts';
