import { check } from './checks.ts';
import type { TransportComplianceCase, TransportFault } from './context.ts';
import { ComplianceNetwork } from './network.ts';

/** Makes a case that stops what it started, however it ends. */
export function defineCase(
  name: string,
  body: (network: ComplianceNetwork) => Promise<void>,
  needs?: TransportFault,
): TransportComplianceCase {
  return {
    name,
    ...(needs === undefined ? {} : { needs }),
    async run(context) {
      check(needs === undefined || context[needs] !== undefined, `this case needs the context's '${needs}'`);
      const network = new ComplianceNetwork(context);
      try {
        await body(network);
      } finally {
        await network.stop();
      }
    },
  };
}
