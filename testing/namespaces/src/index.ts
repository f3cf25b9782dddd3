/** Networks of Linux for tests: one for each node, with links that can be cut one way or both. */
export { type NamespacePeer, Namespaces, noNamespaces } from './namespaces.ts';
