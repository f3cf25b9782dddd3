/**
 * A node for tests of what runs on it: in memory, on a clock that the test moves.
 *
 * @packageDocumentation
 */
export { startTestNode, type TestNode, type TestNodeOptions } from './test-node.ts';
