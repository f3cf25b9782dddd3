/**
 * What every implementation of a port must do, as test suites: whoever writes another one runs the suite against it.
 *
 * @packageDocumentation
 */
export { type ClockUnderTest, describeClockCompliance } from './clock-compliance.ts';
export { type DiskUnderTest, describeDiskCompliance } from './disk-compliance.ts';
export { describeNetworkCompliance, type NetworkUnderTest } from './network-compliance.ts';
export { describeRandomCompliance } from './random-compliance.ts';
export { describeTlsCompliance, type TlsUnderTest } from './tls-compliance.ts';
