import { encodeMetadataAnswer } from '@streambus/codec';
import type { CommandAnswer, MetadataCommand, MetadataState } from '@streambus/metadata';
import { randomCommand } from '@streambus/metadata/testing';
import { assert } from '@streambus/runtime';
import type { Life } from '../cluster/member.ts';
import { digestOf } from '../machines/machine.ts';
import { digestOfState } from '../machines/metadata-machine.ts';
import { markedCommand } from '../machines/metadata-operation.ts';
import type { MetadataSubject } from '../subjects/metadata-subject.ts';
import { attempt } from './attempt.ts';
import type { Client, Deeds } from './client.ts';
import { type ClientOperation, type MetadataUse, newOperation } from './client-operation.ts';

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
    const fields = { id, client, register: undefined };
    if (random.below(100) < traits.readPercent) {
      const metadata: MetadataUse = { command: undefined, version: 0, digest: 0 };
      this.#read(newOperation({ ...fields, what: 'barrier read', isBarrier: true, metadata }), metadata, life);
      return;
    }
    const drawn = randomCommand(random, subjectOf(life).store.state);
    const commands = drawn.kind === 'batch' ? drawn.commands : [drawn];
    const what = commands.map(({ kind }) => kind).join(', ');
    const command = markedCommand(id, commands);
    const metadata: MetadataUse = { command, version: 0, digest: 0 };
    this.#submit(newOperation({ ...fields, what, isBarrier: false, metadata }), metadata, command, life);
  }

  #read(operation: ClientOperation, metadata: MetadataUse, life: Life): void {
    const { store } = subjectOf(life);
    const { node } = life;
    this.#attempt(operation, life, {
      call: async (options): Promise<{ readonly state: MetadataState; readonly index: number }> => {
        const state = await store.read({ ...options, barrier: true });
        return { state, index: node.status().applied };
      },
      onAnswer: ({ state, index }) => {
        operation.readIndex = index;
        metadata.version = state.version;
        metadata.digest = digestOfState(state);
        this.#client.answered(operation, life, state.version);
      },
    });
  }

  #submit(operation: ClientOperation, metadata: MetadataUse, command: MetadataCommand, life: Life): void {
    const { store } = subjectOf(life);
    this.#attempt(operation, life, {
      call: (options): Promise<CommandAnswer> => store.submit(command, options),
      onAnswer: (answer) => {
        metadata.version = answer.version;
        this.#client.answered(operation, life, digestOf(encodeMetadataAnswer(answer)));
      },
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
