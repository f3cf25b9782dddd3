import { hostNode } from '../../src/key-value/host-node.ts';
import { createKeyValueService } from '../../src/key-value/service.ts';

/** A node that reads what it knows, without asking whether that is all there is. */
hostNode({
  createService: (node, machine) => ({
    ...createKeyValueService(node, machine),
    read: async (key) => ({ before: machine.get(key) }),
  }),
});
