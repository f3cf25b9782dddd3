import type { StoredOffsetsRecord } from '../offsets-log.ts';
import { ByteReader } from './bytes.ts';
import { decodeGroupValue, type StoredGroup } from './group-records.ts';
import { decodeOffsetKey, decodeOffsetValue, type OffsetEntry, type OffsetKey } from './offset-records.ts';

/** A record of the offsets log, understood. A null `entry` or `group` deletes. */
export type DecodedRecord =
  | { readonly kind: 'offset'; readonly key: OffsetKey; readonly entry: OffsetEntry | null }
  | { readonly kind: 'group'; readonly groupId: string; readonly group: StoredGroup | null }
  /** Of a kind that classic groups do not have, such as those of the newer group protocols. */
  | { readonly kind: 'other'; readonly keyVersion: number };

/**
 * Reads a record, told apart by its key's version: 0 and 1 are offsets, 2 is a group.
 *
 * @throws CoordinatorError `COORDINATOR_RECORD_INVALID`
 */
export function decodeRecord(record: StoredOffsetsRecord): DecodedRecord {
  const keyReader = new ByteReader(record.key, () => `key of the record at offset ${record.offset}`);
  const keyVersion = keyReader.int16('version');
  const valueReader =
    record.value === null ? null : new ByteReader(record.value, () => `value of the record at offset ${record.offset}`);
  if (keyVersion === 0 || keyVersion === 1) {
    const key = decodeOffsetKey(keyReader);
    return { kind: 'offset', key, entry: valueReader === null ? null : decodeOffsetValue(valueReader) };
  }
  if (keyVersion === 2) {
    const groupId = keyReader.text('group');
    return { kind: 'group', groupId, group: valueReader === null ? null : decodeGroupValue(valueReader) };
  }
  return { kind: 'other', keyVersion };
}
