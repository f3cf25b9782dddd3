import { assertNever } from '@streambus/runtime';
import type { BatchResult, CommandAnswer, Refusal, SingleResult } from './answers.ts';
import {
  drainBroker,
  fenceBroker,
  registerBroker,
  unfenceBroker,
  unregisterBroker,
  updateBroker,
} from './apply-brokers.ts';
import { allocateProducerIds, setFeatureLevel } from './apply-cluster.ts';
import {
  beginReassignment,
  cancelReassignment,
  changePartition,
  electPreferredLeaders,
  electUncleanLeaders,
  finishReassignment,
} from './apply-partitions.ts';
import { addPartitions, configureBroker, configureTopic, createTopic, deleteTopic } from './apply-topics.ts';
import type { BatchCommand, MetadataCommand, SingleCommand } from './commands.ts';
import type { MetadataDelta } from './delta.ts';
import { Draft } from './draft.ts';
import { MetadataError, type RefusalCode, refusalCodes } from './errors.ts';
import type { MetadataState } from './state.ts';

const maxCommandsPerBatch = 10_000;

/** What a command makes of a state. */
export interface Transition {
  /** The next state; after a refusal the very one that was given. */
  readonly state: MetadataState;
  readonly answer: CommandAnswer;
  /** What changed, made when it is read; undefined after a refusal. */
  readonly delta: MetadataDelta | undefined;
}

/**
 * Applies a command: the one function through which the state changes. Pure: the same state and command give the same transition
 * everywhere. It may also be used to try a command that is not proposed (Kafka's `validateOnly`).
 */
export function applyCommand(state: MetadataState, command: MetadataCommand): Transition {
  const draft = new Draft(state);
  const attempt = command.kind === 'batch' ? tryBatch(draft, command) : trySingle(draft, command);
  if ('code' in attempt) {
    return { state, answer: { status: 'refused', version: state.version, refusal: attempt }, delta: undefined };
  }
  const { state: next, delta } = draft.finish();
  return new Step(next, { status: 'applied', version: next.version, result: attempt }, delta);
}

class Step implements Transition {
  readonly state: MetadataState;
  readonly answer: CommandAnswer;
  readonly #makeDelta: () => MetadataDelta;
  #delta: MetadataDelta | undefined;

  constructor(state: MetadataState, answer: CommandAnswer, makeDelta: () => MetadataDelta) {
    this.state = state;
    this.answer = answer;
    this.#makeDelta = makeDelta;
  }

  get delta(): MetadataDelta {
    this.#delta ??= this.#makeDelta();
    return this.#delta;
  }
}

function tryBatch(draft: Draft, { commands }: BatchCommand): BatchResult | Refusal {
  if (commands.length < 1 || commands.length > maxCommandsPerBatch) {
    const allowed = `1 to ${maxCommandsPerBatch}`;
    return { code: 'INVALID_REQUEST', message: `a batch has ${commands.length} commands; it must have ${allowed}` };
  }
  const results: SingleResult[] = [];
  for (const [commandIndex, command] of commands.entries()) {
    const attempt = trySingle(draft, command);
    if ('code' in attempt) return { ...attempt, commandIndex };
    results.push(attempt);
  }
  return { kind: 'batch', results };
}

function trySingle(draft: Draft, command: SingleCommand): SingleResult | Refusal {
  try {
    return applySingle(draft, command);
  } catch (error) {
    if (error instanceof MetadataError && isRefusalCode(error.code))
      return { code: error.code, message: error.message };
    throw error;
  }
}

const refusals: ReadonlySet<string> = new Set(refusalCodes);

/** Whether a code is the state machine's and not the store's. */
export function isRefusalCode(code: string): code is RefusalCode {
  return refusals.has(code);
}

function applySingle(draft: Draft, command: SingleCommand): SingleResult {
  switch (command.kind) {
    case 'registerBroker':
      return registerBroker(draft, command);
    case 'updateBroker':
      return updateBroker(draft, command);
    case 'fenceBroker':
      return fenceBroker(draft, command);
    case 'unfenceBroker':
      return unfenceBroker(draft, command);
    case 'drainBroker':
      return drainBroker(draft, command);
    case 'unregisterBroker':
      return unregisterBroker(draft, command);
    case 'createTopic':
      return createTopic(draft, command);
    case 'deleteTopic':
      return deleteTopic(draft, command);
    case 'configureTopic':
      return configureTopic(draft, command);
    case 'configureBroker':
      return configureBroker(draft, command);
    case 'addPartitions':
      return addPartitions(draft, command);
    case 'changePartition':
      return changePartition(draft, command);
    case 'electPreferredLeaders':
      return electPreferredLeaders(draft, command);
    case 'electUncleanLeaders':
      return electUncleanLeaders(draft, command);
    case 'beginReassignment':
      return beginReassignment(draft, command);
    case 'finishReassignment':
      return finishReassignment(draft, command);
    case 'cancelReassignment':
      return cancelReassignment(draft, command);
    case 'allocateProducerIds':
      return allocateProducerIds(draft, command);
    case 'setFeatureLevel':
      return setFeatureLevel(draft, command);
    default:
      return assertNever(command, 'metadata command');
  }
}
