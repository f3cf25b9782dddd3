import type { CreateInvariant } from './invariant.ts';

/**
 * A node ends its work, or does not begin it, only for what was done to its disk: an error or no space, or a bit that was flipped, which it names
 * by file. It never does because it is broken itself, and never goes on over a flipped bit.
 */
export const noFailureWithoutAFault: CreateInvariant = (violated) => ({
  name: 'No Failure Without a Fault',
  source: 'RaftNode: errors; docs: recovery tells a torn tail from damage in the middle',
  onFailed({ id, blemishes }, error) {
    const { code, message, file, position } = error;
    const { errors, flipped } = blemishes;
    if (code === 'RAFT_NODE_STORAGE_DAMAGED' && flipped !== undefined) {
      if (file === flipped.file && position !== undefined) return;
      violated(
        `node ${id} finds damage in ${file} at ${position}; it is in ${flipped.file} at ${flipped.position}: ${message}`,
      );
      return;
    }
    const isOfDisk = code === 'RAFT_NODE_STORAGE_FAILED' || code === 'RAFT_NODE_STORAGE_FULL';
    if (!isOfDisk || errors === 0) violated(`node ${id} fails with ${code}: ${message}`);
  },
  onStarted({ id, blemishes: { flipped } }) {
    if (flipped !== undefined)
      violated(`node ${id} starts over a flipped bit in ${flipped.file} at ${flipped.position}`);
  },
});
