/**
 * What a cluster knows about itself: commands, a deterministic state machine, and the store that proposes to it.
 *
 * @packageDocumentation
 */
export type * from './answers.ts';
export { applyCommand, isRefusalCode, type Transition } from './apply-command.ts';
export { checkState, findViolation } from './check-state.ts';
export type * from './commands.ts';
export {
  type BrokerConfigDefinition,
  brokerConfigs,
  type ConfigDefinition,
  type ConfigScope,
  type ConfigSynonym,
  type ConfigType,
  type ConfigValue,
  parseConfigValue,
  topicConfigs,
} from './config-schema.ts';
export { contentOf, emptyState, stateFromContent } from './content.ts';
export { diffStates, type MetadataDelta, type PartitionDelta } from './delta.ts';
export { minInsyncReplicas } from './election-rules.ts';
export {
  MetadataError,
  type MetadataErrorCode,
  metadataErrorCodes,
  type RefusalCode,
  refusalCodes,
  storeErrorCodes,
} from './errors.ts';
export { type PlacementBroker, type PlacementRequest, placePartitions } from './placement.ts';
export type { LeaderStatus, Proposal, Proposer, ProposerCallOptions } from './proposer.ts';
export { emptySortedMap, type SortedMap, sortedMapOf } from './sorted-map.ts';
export type * from './state.ts';
export { leaderEpoch, metadataVersion, partitionEpoch } from './state.ts';
export { createStateBuilder, type MetadataHead, type MetadataStateBuilder, type StateParts } from './state-builder.ts';
export {
  createMetadataStateMachine,
  type DeltaListener,
  type MetadataRestore,
  type MetadataStateMachine,
  type MetadataStateMachineDependencies,
} from './state-machine.ts';
export {
  type CallOptions,
  type CommandFields,
  type CommandMethod,
  type CommandMethods,
  createMetadataStore,
  type MetadataStore,
  type MetadataStoreDependencies,
} from './store.ts';
export type { MetadataStoreOptions } from './store-options.ts';
export { topicConfigDefinitions } from './topic-config-table.ts';
export {
  type ConfigLayers,
  type ConfigSource,
  type ConfigSourceValue,
  type EffectiveConfig,
  effectiveTopicConfig,
  effectiveTopicConfigs,
  validateConfigs,
} from './topic-configs.ts';
export { isTopicId, topicNameProblem } from './topic-name.ts';
