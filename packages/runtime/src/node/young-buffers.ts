import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8 begins a full collection for every 64 MiB of buffers that were allocated since the last one. A server that takes
 * hundreds of megabytes a second then spends most of its time in them: they walk the whole heap, though nearly all of these
 * buffers died young. A young collection frees them too, in less than a millisecond, so it has to come first.
 */
const collectAfterBytes = 6 * 1024 * 1024;

let uncollectedBytes = 0;
let collectYoung: (() => void) | undefined;

/** Notes that buffers of so many bytes came into use, and, now and then, frees those that went out of use. */
export function noteBuffers(bytes: number): void {
  uncollectedBytes += bytes;
  if (uncollectedBytes < collectAfterBytes) return;
  uncollectedBytes = 0;
  collectYoung ??= createYoungCollection();
  collectYoung();
}

function createYoungCollection(): () => void {
  // A new context has what the flag exposes; the process's own globals stay as they were.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : undefined');
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? () => collect({ type: 'minor' }) : () => {};
}
