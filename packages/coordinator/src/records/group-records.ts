import { type ByteReader, ByteWriter } from './bytes.ts';

/** A member, as it is stored. */
export interface StoredMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** Its metadata for the group's protocol. */
  readonly subscription: Uint8Array;
  readonly assignment: Uint8Array;
}

/** A generation, as it is stored; without members the group is empty. */
export interface StoredGroup {
  readonly protocolType: string;
  readonly generationId: number;
  readonly protocolName: string | null;
  readonly leaderId: string | null;
  /** Wall time since when the group is in this state; -1 for unknown. */
  readonly stateTimestampMs: number;
  readonly members: readonly StoredMember[];
}

/** GroupMetadataKey, version 2. */
export function encodeGroupKey(groupId: string): Uint8Array {
  const writer = new ByteWriter(4 + groupId.length);
  writer.int16(2);
  writer.text(groupId);
  return writer.finish();
}

/** GroupMetadataValue, version 3. */
export function encodeGroupValue(group: StoredGroup): Uint8Array {
  const writer = new ByteWriter(256);
  writer.int16(3);
  writer.text(group.protocolType);
  writer.int32(group.generationId);
  writer.nullableText(group.protocolName);
  writer.nullableText(group.leaderId);
  writer.int64(group.stateTimestampMs);
  writer.int32(group.members.length);
  for (const member of group.members) {
    writer.text(member.memberId);
    writer.nullableText(member.groupInstanceId);
    writer.text(member.clientId);
    writer.text(member.clientHost);
    writer.int32(member.rebalanceTimeoutMs);
    writer.int32(member.sessionTimeoutMs);
    writer.bytes(member.subscription);
    writer.bytes(member.assignment);
  }
  return writer.finish();
}

/** GroupMetadataValue, versions 0 to 3. Subscriptions and assignments are views of what was read. */
export function decodeGroupValue(reader: ByteReader): StoredGroup {
  const version = reader.int16('version');
  if (version < 0 || version > 3) throw reader.invalid(`version is ${version}; versions 0 to 3 are known`);
  const protocolType = reader.text('protocolType');
  const generationId = reader.int32('generation');
  const protocolName = reader.nullableText('protocol');
  const leaderId = reader.nullableText('leader');
  const stateTimestampMs = version >= 2 ? reader.int64('currentStateTimestamp') : -1;
  const members: StoredMember[] = [];
  const memberCount = reader.arrayLength('members', 18);
  for (let index = 0; index < memberCount; index++) members.push(decodeMember(reader, version));
  if (members.length > 0 && (protocolName === null || leaderId === null)) {
    throw reader.invalid(`${members.length} members without a protocol or a leader`);
  }
  return { protocolType, generationId, protocolName, leaderId, stateTimestampMs, members };
}

function decodeMember(reader: ByteReader, version: number): StoredMember {
  const memberId = reader.text('memberId');
  const groupInstanceId = version >= 3 ? reader.nullableText('groupInstanceId') : null;
  const clientId = reader.text('clientId');
  const clientHost = reader.text('clientHost');
  const rebalanceTimeoutMs = version >= 1 ? reader.int32('rebalanceTimeout') : -1;
  const sessionTimeoutMs = reader.int32('sessionTimeout');
  return {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    rebalanceTimeoutMs: version >= 1 ? rebalanceTimeoutMs : sessionTimeoutMs,
    sessionTimeoutMs,
    subscription: reader.bytes('subscription'),
    assignment: reader.bytes('assignment'),
  };
}
