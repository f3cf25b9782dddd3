import { answerCalls } from '@streambus-testing/harness';
import type { NodeFunctions } from '../src/transport/heartbeats.ts';
import { TrafficNode } from '../src/transport/traffic-node.ts';

/** A node with a transport and all kinds of traffic, told what to do by the process that started it. */
let node: TrafficNode | undefined;

answerCalls<NodeFunctions>({
  start({ nodeId, credentials }) {
    node = new TrafficNode(nodeId, credentials);
    return node.start();
  },
  connect: (ports) => started().connect(ports),
  listenApart: (peer) => started().listenApart(peer),
  connectApart: (apart) => started().connectApart(apart),
  checkClock: (peer) => started().checkClock(peer),
  beginHeartbeats: () => started().beginHeartbeats(),
  beginTraffic: (traffic) => started().beginTraffic(traffic),
  endTraffic: () => started().endTraffic(),
  received: () => started().received(),
  sample: () => started().sample(),
});

function started(): TrafficNode {
  if (node === undefined) throw new Error('it was not started');
  return node;
}
