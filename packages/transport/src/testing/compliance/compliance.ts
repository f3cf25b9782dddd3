import { channelCases } from './channel-cases.ts';
import type { TransportComplianceCase } from './context.ts';
import { deliveryCases } from './delivery-cases.ts';
import { lifeCases } from './life-cases.ts';
import { limitCases } from './limit-cases.ts';
import { outageCases } from './outage-cases.ts';
import { peerCases } from './peer-cases.ts';

/**
 * What every transport does, one thing at a time. It needs no test runner; with one:
 *
 * ```ts
 * for (const { name, run } of transportCompliance) it(name, () => run(makeContext()));
 * ```
 */
export const transportCompliance: readonly TransportComplianceCase[] = [
  ...deliveryCases,
  ...limitCases,
  ...channelCases,
  ...peerCases,
  ...outageCases,
  ...lifeCases,
];
