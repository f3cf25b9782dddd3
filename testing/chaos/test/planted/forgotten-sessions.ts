import { hostNode } from '../../src/key-value/host-node.ts';
import { createKeyValueService } from '../../src/key-value/service.ts';

/** A node that opens sessions and does not look whether it has seen a write before. */
hostNode({
  createService(node, machine) {
    const service = createKeyValueService(node, machine);
    return { ...service, write: (write, _session, signal) => service.write(write, undefined, signal) };
  },
});
