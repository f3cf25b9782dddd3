/** Clusters of real processes: tests of what they promise together, and what benchmarks start. */
export { type MetadataCluster, type MetadataClusterOptions, startMetadataCluster } from './metadata-cluster.ts';
export { hostMetadataNode, type MetadataHost, type MetadataNodeFunctions, type NodeStatus } from './metadata-host.ts';
export { MetadataNode, type MetadataNodeOptions } from './metadata-node.ts';
