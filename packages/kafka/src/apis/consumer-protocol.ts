import type { MessageInputOf, MessageOf } from '../schema/infer.ts';

/** What a classic consumer says of itself in JoinGroup's `metadata`, where `protocolType` is `consumer`. */
export const consumerProtocolSubscription = {
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  fields: {
    topics: { type: 'array', versions: '0+', items: 'string' },
    userData: { type: 'bytes', versions: '0+', nullable: '0+', default: null },
    ownedPartitions: {
      type: 'array',
      versions: '1+',
      items: {
        topic: { type: 'string', versions: '1+' },
        partitions: { type: 'array', versions: '1+', items: 'int32' },
      },
    },
    generationId: { type: 'int32', versions: '2+', default: -1 },
    rackId: { type: 'string', versions: '3+', nullable: '3+', default: null },
  },
} as const;

/** What the leader of a classic consumer group gives each member in SyncGroup's `assignment`. */
export const consumerProtocolAssignment = {
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  fields: {
    assignedPartitions: {
      type: 'array',
      versions: '0+',
      items: {
        topic: { type: 'string', versions: '0+' },
        partitions: { type: 'array', versions: '0+', items: 'int32' },
      },
    },
    userData: { type: 'bytes', versions: '0+', nullable: '0+', default: null },
  },
} as const;

/** {@link consumerProtocolSubscription}, as read: every field is there. */
export interface ConsumerProtocolSubscription extends MessageOf<typeof consumerProtocolSubscription> {}
/** {@link consumerProtocolSubscription}, to be written. */
export interface ConsumerProtocolSubscriptionInput extends MessageInputOf<typeof consumerProtocolSubscription> {}
/** {@link consumerProtocolAssignment}, as read: every field is there. */
export interface ConsumerProtocolAssignment extends MessageOf<typeof consumerProtocolAssignment> {}
/** {@link consumerProtocolAssignment}, to be written. */
export interface ConsumerProtocolAssignmentInput extends MessageInputOf<typeof consumerProtocolAssignment> {}
