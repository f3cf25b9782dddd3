import { AppliedWrites } from '../key-value/applied-writes.ts';
import type { HistoryEntry } from '../key-value/history.ts';
import type { Content } from '../key-value/key-value-machine.ts';

/**
 * What clients were told is true of what is there in the end: whatever was acknowledged is applied, whatever was rejected is not, nothing is applied
 * twice, and no session is forgotten that somebody uses.
 */
export function checkPromises(history: readonly HistoryEntry[], content: Content): readonly string[] {
  const applied = new AppliedWrites(content.applied);
  const findings = content.repeated.map((write) => `write ${write} was applied a second time`);
  for (const { client, number, outcome, code } of history) {
    if (number === 0) continue;
    const isApplied = applied.has(client, number);
    if (outcome === 'answered' && !isApplied) findings.push(`write ${client}/${number} was acknowledged and is lost`);
    if (outcome === 'rejected' && isApplied) findings.push(`write ${client}/${number} was rejected and is applied`);
    if (code === 'RAFT_NODE_SESSION_EXPIRED') findings.push(`the session of write ${client}/${number} is forgotten`);
  }
  return findings;
}
