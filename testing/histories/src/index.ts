/**
 * Whether a history, which is what clients saw of a system while they used it at the same time, can be explained by operations that took
 * effect one after the other (Herlihy and Wing, "Linearizability", 1990).
 *
 * @packageDocumentation
 */
export {
  type CheckOptions,
  checkLinearizable,
  checkLinearizablePerKey,
  type LinearizabilityReport,
} from './check-linearizable.ts';
export { describeViolation } from './describe-violation.ts';
export type { Operation, SequentialModel } from './history.ts';
export { type RegisterInput, type RegisterOutput, type RegisterValue, registerModel } from './register-model.ts';
