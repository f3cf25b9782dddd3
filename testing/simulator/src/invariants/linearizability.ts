import {
  checkLinearizablePerKey,
  describeViolation,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from '@streambus-testing/histories';
import type { ClientOperation, RegisterUse } from '../clients/client-operation.ts';
import type { CreateInvariant } from './invariant.ts';

type RegisterOperation = Operation<RegisterInput, RegisterOutput> & { readonly key: number };

/** What all clients of registers saw can be explained by operations that took effect one after the other, each between its call and its answer. */
export const linearizability: CreateInvariant = (violated) => {
  const operations: ClientOperation[] = [];
  const applied = new Map<number, number>();
  return {
    name: 'Linearizability',
    source: 'Herlihy and Wing, 1990',
    onApplied(_node, { operation, answer }) {
      applied.set(operation, answer);
    },
    onEnded(operation) {
      if (operation.state === 'answered' || operation.state === 'unknown') operations.push(operation);
    },
    atEnd() {
      const history = operations.flatMap((operation) => toRegisterOperation(operation, applied));
      const report = checkLinearizablePerKey(registerModel, history, (one) => (one as RegisterOperation).key);
      if (report.verdict === 'violated') violated(describeViolation(report));
      if (report.verdict === 'undecided') violated(`a history of ${history.length} operations could not be decided`);
    },
  };
};

/**
 * What its client does not know of an operation, the state machines do: whether it took effect, and on what. That takes no order away, and
 * spares the search from guessing. When it took effect remains open.
 */
function toRegisterOperation(operation: ClientOperation, applied: ReadonlyMap<number, number>): RegisterOperation[] {
  const { id, client, calledAt, state, register } = operation;
  const before = state === 'answered' ? operation.answer : applied.get(id);
  if (before === undefined || register === undefined) return [];
  const returnedAt = operation.answeredAt ?? Number.MAX_SAFE_INTEGER;
  const input = toInput(id, register);
  return [{ client, key: register.key, calledAt, returnedAt, input, output: { before: toValue(before) } }];
}

function toInput(id: number, { type, expected }: RegisterUse): RegisterInput {
  switch (type) {
    case 'read':
      return { type: 'read' };
    case 'write':
      return { type: 'write', value: id };
    case 'compareAndSet':
      return { type: 'compareAndSet', expected: toValue(expected), value: id };
  }
}

function toValue(held: number): number | undefined {
  return held === 0 ? undefined : held;
}
