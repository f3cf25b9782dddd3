/**
 * Runtime's ports on Node: the only place of this project that touches the machine.
 *
 * @packageDocumentation
 */
export { nodeClock } from './node-clock.ts';
export { createNodeDisk } from './node-disk.ts';
export { createNodeNetwork } from './node-network.ts';
export { nodeRandom } from './node-random.ts';
export { createNodeTls } from './node-tls.ts';
