/**
 * What a cluster knows about itself: commands, a deterministic state machine, and the store that proposes to it.
 *
 * @packageDocumentation
 */
export type * from './answers.ts';
export type * from './commands.ts';
export type { ConfigDefinition, ConfigSynonym, ConfigType } from './config-schema.ts';
export type { MetadataDelta, PartitionDelta } from './delta.ts';
export {
  MetadataError,
  type MetadataErrorCode,
  metadataErrorCodes,
  type RefusalCode,
  refusalCodes,
  storeErrorCodes,
} from './errors.ts';
export type { LeaderStatus, Proposal, Proposer } from './proposer.ts';
export { emptySortedMap, type SortedMap, sortedMapOf } from './sorted-map.ts';
export type * from './state.ts';
export { leaderEpoch, metadataVersion, partitionEpoch } from './state.ts';
export type { DeltaListener, MetadataStateMachine } from './state-machine.ts';
export type {
  CallOptions,
  CommandFields,
  CommandMethod,
  CommandMethods,
  MetadataStore,
  MetadataStoreDependencies,
  MetadataStoreOptions,
} from './store.ts';
