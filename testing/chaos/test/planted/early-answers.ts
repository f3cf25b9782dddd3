import { hostNode } from '../../src/key-value/host-node.ts';
import { createKeyValueService } from '../../src/key-value/service.ts';

/** A node that answers a write before it is committed. */
hostNode({
  createService(node, machine) {
    const service = createKeyValueService(node, machine);
    return {
      ...service,
      async write(write, session, signal) {
        service.write(write, session, signal).catch(() => {});
        return { before: machine.get(write.input.key) };
      },
    };
  },
});
