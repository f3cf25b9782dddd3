import { crc32c } from '@node-rs/crc32';
import type { StateMachine } from '@streambus/raft-node';

/** A large state that few proposals make. */
export interface ChunkStore extends StateMachine {
  /** The same on two nodes only if they have the same state. */
  digest(): string;
}

export const chunkBytes: number = 64 * 1024;

const headBytes = 4;
const fillCommand = 1;

/** Fills a chunk with what follows from its number. */
export function fill(chunk: number): Uint8Array {
  return encode([fillCommand, chunk]);
}

/** Counts one more; that many are answered. */
export function count(): Uint8Array {
  return encode([0, 0]);
}

/** Chunks are replaced and never changed, so that a snapshot shares them with the state that goes on. */
export function createChunkStore(): ChunkStore {
  let counted = 0;
  let chunks: Uint8Array[] = [];
  const pieces = (): readonly Uint8Array[] => [encode([counted, chunks.length]), ...chunks];
  return {
    apply({ data }) {
      const [command, chunk] = decode(data);
      if (command === fillCommand) chunks[chunk] = contentOf(chunk);
      else counted++;
      return encode([counted, chunks.length]);
    },
    snapshot: () => pieces(),
    restore() {
      throw new Error('a snapshot came in one piece, and it is taken in many');
    },
    beginRestore() {
      const given: Uint8Array[] = [];
      return {
        add: (piece) => given.push(piece),
        finish() {
          const [head, ...rest] = given;
          const [restoredCount, length] = decode(head ?? new Uint8Array(2 * headBytes));
          if (rest.length !== length) throw new Error(`${rest.length} chunks of ${length} came`);
          counted = restoredCount;
          chunks = rest;
        },
      };
    },
    digest: () =>
      pieces()
        .reduce((sum, piece) => crc32c(piece, sum), 0)
        .toString(16),
  };
}

function contentOf(chunk: number): Uint8Array {
  const words = new Uint32Array(chunkBytes / 4);
  let state = chunk + 1;
  for (let at = 0; at < words.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

function encode([one, other]: readonly [number, number]): Uint8Array {
  const bytes = new Uint8Array(2 * headBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, one);
  view.setUint32(headBytes, other);
  return bytes;
}

function decode(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(0), view.getUint32(headBytes)];
}
