import type { ClientOperation } from '../clients/client-operation.ts';
import type { CreateInvariant } from './invariant.ts';

/** What a node said of an operation is so: an answer is that of the state machine, and what was rejected is never applied. */
export const trueAnswers: CreateInvariant = (violated) => {
  const answers = new Map<number, number>();
  const rejected = new Set<number>();
  const check = (operation: ClientOperation): void => {
    const { id, isBarrier, state, answer, answeredBy, attempts } = operation;
    if (isBarrier) return;
    const given = answers.get(id);
    if (state === 'rejected') {
      rejected.add(id);
      if (given !== undefined) violated(`operation ${id} was rejected after ${attempts} attempts, and is applied`);
    } else if (state === 'answered' && given !== answer) {
      const applied = given === undefined ? 'it is applied nowhere' : `the state machine answered ${given}`;
      violated(`operation ${id} was answered ${answer} by node ${answeredBy}; ${applied}`);
    }
  };
  return {
    name: 'True Answers',
    source: 'RaftNode: invariants 1 and 3',
    onApplied({ id }, { index, operation, answer }) {
      answers.set(operation, answer);
      if (rejected.has(operation)) violated(`node ${id} applies operation ${operation} at ${index}; it was rejected`);
    },
    onEnded: check,
  };
};
