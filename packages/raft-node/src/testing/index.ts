/**
 * Nodes for tests of what runs on them: in memory, on a clock that the test moves.
 *
 * @packageDocumentation
 */
export { lookInside, type ReplicaInside } from './look-inside.ts';
export { createMortalDisk, type MortalDisk } from './mortal-disk.ts';
export { startTestCluster, type TestCluster, type TestClusterOptions, type TestMember } from './test-cluster.ts';
export { startTestNode, type TestNode, type TestNodeOptions } from './test-node.ts';
