import { encodeMetadataAnswer } from '@streambus/codec';
import type { SingleCommand } from '@streambus/metadata';
import { randomCommand } from '@streambus/metadata/testing';
import { assert } from '@streambus/runtime';
import type { Life } from '../cluster/member.ts';
import { digestOf } from '../machines/machine.ts';
import { markedCommand } from '../machines/metadata-operation.ts';
import type { MetadataSubject } from '../subjects/metadata-subject.ts';
import { attempt } from './attempt.ts';
import type { Client, Deeds } from './client.ts';
import { type ClientOperation, newOperation } from './client-operation.ts';

/** Changes and reads a cluster's metadata through the store of any node, which repeats what may be repeated by itself. */
export class MetadataDeeds implements Deeds {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  prepare(): undefined {
    return undefined;
  }

  begin(life: Life): void {
    const { random, traits, workload, id: client } = this.#client.parts;
    const id = workload.nextOperation();
    if (random.below(100) < traits.readPercent) {
      this.#read(newOperation({ id, client, what: 'barrier read', isBarrier: true, register: undefined }), life);
      return;
    }
    const command = randomCommand(random, subjectOf(life).store.state);
    const commands = command.kind === 'batch' ? command.commands : [command];
    const what = commands.map(({ kind }) => kind).join(', ');
    this.#submit(newOperation({ id, client, what, isBarrier: false, register: undefined }), commands, life);
  }

  #read(operation: ClientOperation, life: Life): void {
    const { stateMachine, store } = subjectOf(life);
    const { node } = life;
    this.#attempt(operation, life, {
      call: async (options) => {
        await store.read({ ...options, barrier: true });
        return node.status().applied;
      },
      onAnswer: (index) => {
        operation.readIndex = index;
        this.#client.answered(operation, life, stateMachine.metadata.state.version);
      },
    });
  }

  #submit(operation: ClientOperation, commands: readonly SingleCommand[], life: Life): void {
    const { store } = subjectOf(life);
    this.#attempt(operation, life, {
      call: (options) => store.submit(markedCommand(operation.id, commands), options),
      onAnswer: (answer) => this.#client.answered(operation, life, digestOf(encodeMetadataAnswer(answer))),
    });
  }

  #attempt<Answer>(
    operation: ClientOperation,
    { process }: Life,
    deed: {
      readonly call: (options: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<Answer>;
      readonly onAnswer: (answer: Answer) => void;
    },
  ): void {
    const { world, traits } = this.#client.parts;
    const timeoutMs = traits.deadlineMs;
    operation.attempts++;
    attempt({
      world,
      process,
      // The store gives up before its client does.
      deadlineMs: 2 * timeoutMs,
      call: (signal) => deed.call({ signal, timeoutMs }),
      onCalled: () => this.#client.called(operation),
      onEnd: (end) => {
        if (end.type === 'answered') deed.onAnswer(end.value);
        else this.#client.ended(operation, operation.isBarrier ? 'unknown' : end.type, end.why);
      },
    });
  }
}

function subjectOf({ subject }: Life): MetadataSubject {
  assert(subject.type === 'metadata', 'a node that clients of metadata use has metadata');
  return subject;
}
