import { hostNode } from '../../src/key-value/host-node.ts';
import { KeyValueMachine } from '../../src/key-value/key-value-machine.ts';

/** A replica that comes back from a snapshot without the write that it was given last. */
class LossyMachine extends KeyValueMachine {
  override restore(snapshot: Uint8Array): void {
    const { values, ...rest } = JSON.parse(new TextDecoder().decode(snapshot));
    super.restore(new TextEncoder().encode(JSON.stringify({ values: values.slice(0, -1), ...rest })));
  }
}

hostNode({ createMachine: () => new LossyMachine() });
