import { encodeMetadataAnswer } from '@streambus/codec';
import { createMetadataStateMachine, findViolation, type MetadataCommand } from '@streambus/metadata';
import { digestOf } from '../machines/machine.ts';
import { digestOfState } from '../machines/metadata-machine.ts';
import type { CreateInvariant } from './invariant.ts';

/**
 * Metadata is linearizable against a sequential model: one state machine that nothing ever happens to takes the commands as clients have made
 * them, never encoded, in the order of the log. It answers what every node answers, has every state that a node has, applied or restored, and
 * what a read returns is one of its states, not older than anything that was answered or read before the read began. (That the state machine itself
 * is right is held by its own package, against another model.)
 */
export const metadataModel: CreateInvariant = (violated) => {
  const model = createMetadataStateMachine();
  const commands = new Map<number, MetadataCommand>();
  /** By version. */
  const digests: number[] = [digestOfState(model.state)];
  const known = new Set(digests);
  const wanted = new Map<number, number>();
  let appliedIndex = 0;
  let answeredVersion = 0;
  return {
    name: 'Metadata Model',
    source: 'metadata: linearizable against a sequential model; a proposal that answered is in every later read',
    onCalled({ id, metadata }) {
      if (metadata === undefined) return;
      if (metadata.command === undefined) wanted.set(id, answeredVersion);
      else commands.set(id, metadata.command);
    },
    onApplied({ id }, { index, operation, answer, digest }) {
      const command = commands.get(operation);
      // Whoever applies an entry that another has applied before is held against that one, by others.
      if (command === undefined || index <= appliedIndex) return;
      appliedIndex = index;
      const expected = digestOf(encodeMetadataAnswer(model.apply(command)));
      const expectedDigest = digestOfState(model.state);
      digests[model.state.version] = expectedDigest;
      known.add(expectedDigest);
      const what = `operation ${operation} at ${index}`;
      if (answer !== expected) violated(`node ${id} answers ${what} in another way than the model`);
      if (digest !== expectedDigest) violated(`node ${id} is in another state than the model after ${what}`);
      const broken = findViolation(model.state);
      if (broken !== undefined) violated(`${what} breaks an invariant of the metadata: ${broken}`);
    },
    onRestored({ id }, index, digest) {
      // Only metadata does not say where it stands.
      if (index === undefined && !known.has(digest)) violated(`node ${id} restores a state that the model never had`);
    },
    onEnded({ id, state, metadata, answeredBy }) {
      if (state !== 'answered' || metadata === undefined) return;
      const { command, version, digest } = metadata;
      if (command === undefined) {
        const atLeast = wanted.get(id) ?? 0;
        const read = `node ${answeredBy} reads version ${version}`;
        if (version < atLeast) violated(`${read}; version ${atLeast} was answered before the read began`);
        if (digests[version] !== digest) violated(`${read}, but not as the model has it`);
      }
      answeredVersion = Math.max(answeredVersion, version);
    },
  };
};
