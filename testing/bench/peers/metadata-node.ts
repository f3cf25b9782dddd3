import { hostMetadataNode } from '@streambus-testing/cluster';
import { answerCalls } from '@streambus-testing/harness';
import { runLoad } from '../src/metadata/load.ts';
import type { BenchNodeFunctions } from '../src/metadata/streambus-contender.ts';
import { prepareUpdates, Updates } from '../src/metadata/updates.ts';

/** A node of a metadata cluster that proposes as much as the process that started it says. */
const host = hostMetadataNode();

answerCalls<BenchNodeFunctions>({
  ...host.functions,
  prepare: (places) => prepareUpdates(host.node.store, places),
  async load(load) {
    const updates = await Updates.begin(host.node.store, load.inFlight);
    return runLoad(load, (place) => updates.update(place));
  },
});
