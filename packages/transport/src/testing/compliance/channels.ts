import { bytesCodec, type Channel, type ChannelOptions, defineChannel, jsonCodec } from '../../channel.ts';

/** A channel of texts. */
export function textChannel(
  name: string,
  options: Partial<Omit<ChannelOptions<string>, 'name' | 'codec'>> = {},
): Channel<string> {
  return defineChannel({ name, codec: jsonCodec<string>(), ...options });
}

/** A channel of bytes. */
export function bytesChannel(
  name: string,
  options: Partial<Omit<ChannelOptions<Uint8Array>, 'name' | 'codec'>> = {},
): Channel<Uint8Array> {
  return defineChannel({ name, codec: bytesCodec, ...options });
}

/** The texts `first` to `last`. */
export function numbered(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, at) => String(first + at));
}

/** Bytes in which a piece that is missing, doubled or misplaced shows. */
export function patterned(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed + 1) | 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
