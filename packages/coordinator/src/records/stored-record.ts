import type { StoredOffsetsRecord } from '../offsets-log.ts';
import { ByteReader } from './bytes.ts';
import { decodeGroupValue, type StoredGroup } from './group-records.ts';
import { decodeOffsetKey, decodeOffsetValue, type OffsetEntry, type OffsetKey } from './offset-records.ts';

/** A record of the offsets log, understood. A null `entry` or `group` deletes. */
export type DecodedRecord =
  | { readonly kind: 'offset'; readonly key: OffsetKey; readonly entry: OffsetEntry | null }
  | {
      readonly kind: 'group';
      readonly groupId: string;
      readonly group: StoredGroup | null;
      /** The bytes that the group's subscriptions and assignments are views of; its own. */
      readonly value: Uint8Array | null;
    }
  /** Of a kind that classic groups do not have, such as those of the newer group protocols. */
  | { readonly kind: 'other'; readonly keyVersion: number };

/**
 * Reads a record, told apart by its key's version: 0 and 1 are offsets, 2 is a group.
 *
 * @throws CoordinatorError `COORDINATOR_RECORD_INVALID`
 */
export function decodeRecord(record: StoredOffsetsRecord): DecodedRecord {
  const { key, value, offset } = record;
  const keyReader = new ByteReader(key, () => `key of the record at offset ${offset}`);
  const what = (): string => `value of the record at offset ${offset}`;
  const keyVersion = keyReader.int16('version');
  if (keyVersion === 0 || keyVersion === 1) {
    const offsetKey = decodeOffsetKey(keyReader);
    return {
      kind: 'offset',
      key: offsetKey,
      entry: value === null ? null : decodeOffsetValue(new ByteReader(value, what)),
    };
  }
  if (keyVersion === 2) {
    const groupId = keyReader.text('group');
    if (value === null) return { kind: 'group', groupId, group: null, value: null };
    // Kept for as long as the group lives: a view would keep all that was read together with it.
    const own = new Uint8Array(value);
    return { kind: 'group', groupId, group: decodeGroupValue(new ByteReader(own, what)), value: own };
  }
  return { kind: 'other', keyVersion };
}
