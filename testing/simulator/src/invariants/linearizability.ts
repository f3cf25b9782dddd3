import {
  checkLinearizablePerKey,
  describeViolation,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from '@streambus-testing/histories';
import type { ClientOperation } from '../clients/client-operation.ts';
import type { CreateInvariant } from './invariant.ts';

type RegisterOperation = Operation<RegisterInput, RegisterOutput> & { readonly key: number };

/** What all clients saw can be explained by operations that took effect one after the other, each between its call and its answer. */
export const linearizability: CreateInvariant = (violated) => {
  const operations: ClientOperation[] = [];
  return {
    name: 'Linearizability',
    source: 'Herlihy and Wing, 1990',
    onEnded(operation) {
      // What was certainly not done explains nothing, and a read without an answer tells nothing.
      const isRead = operation.type === 'barrier' || operation.type === 'read';
      if (operation.state === 'rejected' || (isRead && operation.state === 'unknown')) return;
      operations.push(operation);
    },
    atEnd() {
      const history = operations.map(toRegisterOperation);
      const report = checkLinearizablePerKey(registerModel, history, (one) => (one as RegisterOperation).key);
      if (report.verdict === 'violated') violated(describeViolation(report));
      if (report.verdict === 'undecided') violated(`a history of ${history.length} operations could not be decided`);
    },
  };
};

function toRegisterOperation(operation: ClientOperation): RegisterOperation {
  const { client, key, calledAt, answeredAt, before } = operation;
  const answered = operation.state === 'answered';
  return {
    client,
    key,
    calledAt,
    returnedAt: answered ? answeredAt : undefined,
    input: toInput(operation),
    output: answered ? { before: toValue(before ?? 0) } : undefined,
  };
}

function toInput({ type, id, expected }: ClientOperation): RegisterInput {
  switch (type) {
    case 'barrier':
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
