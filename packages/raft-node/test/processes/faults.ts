import type { LedgerContent } from './ledger.ts';
import type { ProcessCluster } from './process-cluster.ts';

/**
 * Ends the load, and holds what every node has applied against what clients were told and against the other nodes.
 *
 * @returns what is wrong, in words: nothing, if all is well
 */
export async function findFaults(cluster: ProcessCluster): Promise<readonly string[]> {
  await cluster.endLoad();
  const ledgers = await cluster.ledgers();
  const [first] = ledgers;
  if (first === undefined) return ['no node lives'];
  const faults = ledgers.flatMap((ledger) => (ledger.digest === first.digest ? [] : [differs(ledger, first)]));
  for (const { misplaced, examples } of ledgers) {
    if (misplaced > 0) faults.push(`${misplaced} entries were applied twice or out of order: ${examples.join('; ')}`);
  }
  for (const [client, number] of Object.entries(cluster.acknowledged)) {
    const applied = first.clients[client] ?? 0;
    if (applied < number) faults.push(`client ${client} was told of ${number} entries, and ${applied} are applied`);
  }
  return faults;
}

function differs(ledger: LedgerContent, first: LedgerContent): string {
  return `${ledger.entries} entries have the digest ${ledger.digest}, and ${first.entries} on the first node ${first.digest}`;
}
