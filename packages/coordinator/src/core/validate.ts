import type { GroupErrorName } from '../errors.ts';
import { maxTextBytes, textBytes } from '../records/bytes.ts';
import type { JoinGroupRequest } from '../requests.ts';
import type { Group } from './group.ts';
import type { PartitionState } from './partition-state.ts';

/** The longest instance id, as in Kafka. */
const maxInstanceIdLength = 249;

/** Why this member may not speak for itself; `NONE` when it may (KIP-345: an instance id belongs to one member id at a time). */
export function checkMember(group: Group, memberId: string, groupInstanceId: string | null): GroupErrorName {
  if (groupInstanceId !== null) {
    const current = group.staticMembers.get(groupInstanceId);
    if (current === undefined) return 'UNKNOWN_MEMBER_ID';
    if (current !== memberId) return 'FENCED_INSTANCE_ID';
  }
  return group.members.has(memberId) ? 'NONE' : 'UNKNOWN_MEMBER_ID';
}

/** Whether a group can have this id; only offsets may be kept under the empty one, for old clients. */
export function isValidGroupId(groupId: string, options: { readonly mayBeEmpty: boolean }): boolean {
  return groupId === '' ? options.mayBeEmpty : isStorable(groupId);
}

/** Whether a text fits into the stored form, which has 16-bit lengths; requests of flexible versions know longer ones. */
export function isStorable(text: string): boolean {
  return text.length * 3 <= maxTextBytes || textBytes(text) <= maxTextBytes;
}

/** What is wrong with a JoinGroup by itself. */
export function checkJoinRequest(state: PartitionState, request: JoinGroupRequest): GroupErrorName {
  const { options } = state;
  if (!isValidGroupId(request.groupId, { mayBeEmpty: false })) return 'INVALID_GROUP_ID';
  const { sessionTimeoutMs } = request;
  if (sessionTimeoutMs < options.minSessionTimeoutMs || sessionTimeoutMs > options.maxSessionTimeoutMs) {
    return 'INVALID_SESSION_TIMEOUT';
  }
  const instanceId = request.groupInstanceId;
  if (instanceId !== null && (instanceId === '' || instanceId.length > maxInstanceIdLength)) return 'INVALID_REQUEST';
  const names = [
    request.protocolType,
    request.memberId,
    request.clientHost,
    ...request.protocols.map(({ name }) => name),
  ];
  if (!names.every(isStorable)) return 'INVALID_REQUEST';
  const distinct = new Set(request.protocols.map(({ name }) => name));
  if (distinct.size !== request.protocols.length || request.rebalanceTimeoutMs < 0) return 'INVALID_REQUEST';
  return 'NONE';
}
