/** Small arrays share this many bytes. */
const slabBytes = 64 * 1024;
/** A larger array costs as little on its own. */
const maxSharedBytes = 4 * 1024;

let slab = new Uint8Array(0);
let used = 0;

/**
 * Gives zeroed bytes that nobody else has. Small ones lie in one piece of memory with their neighbours, which lives as long as any of them:
 * an array of its own takes longer to make, and to collect, than a proposal to fill.
 */
export function allocate(length: number): Uint8Array {
  if (length > maxSharedBytes) return new Uint8Array(length);
  if (length > slab.length - used) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  used += length;
  return slab.subarray(used - length, used);
}
