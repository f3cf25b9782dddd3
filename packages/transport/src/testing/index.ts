/**
 * A twin of the transport made of memory, with faults, for tests of what is built on it; and the suite that the twin, the transport and
 * any other implementation pass.
 *
 * @packageDocumentation
 */
export { transportCompliance } from './compliance/compliance.ts';
export type { TransportComplianceCase, TransportComplianceContext, TransportFault } from './compliance/context.ts';
export {
  createMemoryTransportHub,
  type MemoryTransportHub,
  type MemoryTransportHubOptions,
} from './memory-transport-hub.ts';
