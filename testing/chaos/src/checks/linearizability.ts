import { checkLinearizable, describeViolation } from '@streambus-testing/histories';
import { type HistoryEntry, toOperations } from '../key-value/history.ts';
import { keyModel } from '../key-value/operation.ts';

/** Each key's history is one of operations that took effect one after the other, between call and answer (Herlihy and Wing, 1990). */
export function checkLinearizability(history: readonly HistoryEntry[]): readonly string[] {
  const keys = Map.groupBy(toOperations(history), ({ input }) => input.key);
  return [...keys].flatMap(([key, operations]) => {
    const report = checkLinearizable(keyModel, operations);
    if (report.verdict === 'linearizable') return [];
    if (report.verdict === 'undecided') return [`key ${key}: nobody knows whether its history is linearizable`];
    return [`key ${key} is not linearizable: ${describeViolation(report)}`];
  });
}
