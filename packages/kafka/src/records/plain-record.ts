/**
 * Walks over one record that is right in every way and has no headers, as nearly all are: the fast twin of a `RecordCursor`.
 *
 * @param at - where the record begins
 * @param offsetDelta - which record of the batch it must be, from 0
 * @returns where it ends; -1 when it has headers, is large or anything is wrong with it, so that it must be looked at with care
 */
export function plainRecordEnd(bytes: Uint8Array, at: number, offsetDelta: number, requireKey: boolean): number {
  // Varints are read in place, up to three bytes of them: a call for each would cost more than all the rest. Beyond the end
  // bytes are read as 0; the lengths tell.
  let place = at;
  let byte = bytes[place++] ?? 0;
  let length = byte & 127;
  if (byte > 127) {
    byte = bytes[place++] ?? 0;
    length |= (byte & 127) << 7;
    if (byte > 127) {
      byte = bytes[place++] ?? 0;
      length |= byte << 14;
    }
  }
  const end = place + (length >>> 1);
  if (byte > 127 || (length & 1) === 1 || end > bytes.length) return -1;

  // Behind the attributes, of which no bit means anything, the timestamp: any of up to four bytes will do.
  place++;
  byte = bytes[place++] ?? 0;
  for (let more = 3; byte > 127 && more > 0; more--) byte = bytes[place++] ?? 0;
  if (byte > 127) return -1;

  byte = bytes[place++] ?? 0;
  let delta = byte & 127;
  if (byte > 127) {
    byte = bytes[place++] ?? 0;
    delta |= (byte & 127) << 7;
    if (byte > 127) {
      byte = bytes[place++] ?? 0;
      delta |= byte << 14;
    }
  }
  if (byte > 127 || delta !== 2 * offsetDelta) return -1;

  byte = bytes[place++] ?? 0;
  if (byte > 127 || (requireKey && byte === 1)) return -1;
  // The length -1 is null, and the only odd number that is allowed.
  if (byte !== 1) place += byte >>> 1;
  if ((byte & 1) === 1 && byte !== 1) return -1;

  byte = bytes[place++] ?? 0;
  let value = byte & 127;
  if (byte > 127) {
    byte = bytes[place++] ?? 0;
    value |= (byte & 127) << 7;
    if (byte > 127) {
      byte = bytes[place++] ?? 0;
      value |= byte << 14;
    }
  }
  if (byte > 127 || ((value & 1) === 1 && value !== 1)) return -1;
  if (value !== 1) place += value >>> 1;
  return place === end - 1 && bytes[place] === 0 ? end : -1;
}
