/** A room of the house: where it stands and whom it may ask. */
export interface Room {
  /** The package's name. */
  readonly name: string;
  /** 0 is the ground, and below it is what the tests of any package use. Every arrow goes down by at least one. */
  readonly layer: number;
  /** The packages of this repository that it may import, depend on and reference; nothing else. */
  readonly uses: readonly string[];
}

const everyPackage = [
  '@streambus/runtime',
  '@streambus/log',
  '@streambus/kafka',
  '@streambus/transport',
  '@streambus/raft',
  '@streambus/metadata',
  '@streambus/codec',
  '@streambus/raft-node',
  '@streambus/coordinator',
  '@streambus/replication',
] as const;

/**
 * The house, from the ground up. A new arrow is a new word in this table, and a change of the architecture. Packages of one
 * layer never import each other, not even types: whoever needs two of them is a layer above.
 */
export const rooms: readonly Room[] = [
  { name: '@streambus-testing/certificates', layer: -1, uses: [] },
  { name: '@streambus-testing/histories', layer: -1, uses: [] },
  { name: '@streambus-testing/namespaces', layer: -1, uses: [] },

  { name: '@streambus/runtime', layer: 0, uses: ['@streambus-testing/certificates'] },

  { name: '@streambus/log', layer: 1, uses: ['@streambus/runtime'] },
  { name: '@streambus/kafka', layer: 1, uses: ['@streambus/runtime'] },
  { name: '@streambus/transport', layer: 1, uses: ['@streambus/runtime', '@streambus-testing/certificates'] },
  { name: '@streambus/raft', layer: 1, uses: ['@streambus/runtime'] },
  { name: '@streambus/metadata', layer: 1, uses: ['@streambus/runtime'] },

  { name: '@streambus/codec', layer: 2, uses: ['@streambus/runtime', '@streambus/raft', '@streambus/metadata'] },

  {
    name: '@streambus/raft-node',
    layer: 3,
    uses: [
      '@streambus/runtime',
      '@streambus/log',
      '@streambus/transport',
      '@streambus/raft',
      '@streambus/codec',
      '@streambus-testing/histories',
      '@streambus-testing/namespaces',
    ],
  },

  { name: '@streambus/coordinator', layer: 4, uses: ['@streambus/runtime', '@streambus/kafka'] },
  { name: '@streambus/replication', layer: 4, uses: ['@streambus/runtime', '@streambus/log', '@streambus/kafka'] },

  { name: 'streambus', layer: 5, uses: everyPackage },

  {
    name: '@streambus-examples/replicated-kv',
    layer: 4,
    uses: ['@streambus/runtime', '@streambus/transport', '@streambus/raft-node'],
  },

  { name: '@streambus-testing/house', layer: 6, uses: [] },
  {
    name: '@streambus-testing/compliance',
    layer: 6,
    uses: ['@streambus/runtime', '@streambus-testing/certificates'],
  },
  { name: '@streambus-testing/harness', layer: 6, uses: [...everyPackage, 'streambus'] },

  {
    name: '@streambus-testing/conformance',
    layer: 7,
    uses: [...everyPackage, 'streambus', '@streambus-testing/harness'],
  },
  { name: '@streambus-testing/cluster', layer: 7, uses: [...everyPackage, '@streambus-testing/harness'] },
  {
    name: '@streambus-testing/chaos',
    layer: 7,
    uses: [
      ...everyPackage,
      '@streambus-testing/harness',
      '@streambus-testing/histories',
      '@streambus-testing/namespaces',
    ],
  },
  { name: '@streambus-testing/clients', layer: 7, uses: [...everyPackage, 'streambus', '@streambus-testing/harness'] },
  { name: '@streambus-testing/fuzz', layer: 7, uses: [...everyPackage, 'streambus', '@streambus-testing/harness'] },
  {
    name: '@streambus-testing/bench',
    layer: 8,
    uses: [
      ...everyPackage,
      'streambus',
      '@streambus-testing/harness',
      '@streambus-testing/cluster',
      '@streambus-testing/certificates',
    ],
  },
  {
    name: '@streambus-testing/simulator',
    layer: 7,
    uses: [...everyPackage, '@streambus-testing/compliance', '@streambus-testing/histories'],
  },
];
