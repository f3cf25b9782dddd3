import type { RaftNode } from '@streambus/raft-node';
import type { MachineHandlers } from '../machines/machine.ts';
import { createRegisterMachine, type RegisterMachine } from '../machines/register-machine.ts';
import type { Configuration } from '../run/configuration.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import { MetadataSubject } from './metadata-subject.ts';

/** Registers, used by proposals of their own. */
export interface RegisterSubject {
  readonly type: 'registers';
  readonly stateMachine: RegisterMachine;
}

/** What a cluster is for, on one node: its state machine, and what its clients use. */
export type Subject = RegisterSubject | MetadataSubject;

/** One of the {@link Subject}s. */
export type SubjectType = Subject['type'];

/** Makes what one life of a node is for. */
export function createSubject(
  { subject, machine }: Configuration,
  process: SimulatedProcess,
  handlers: MachineHandlers,
): Subject {
  if (subject === 'metadata') return new MetadataSubject(process, handlers);
  return { type: 'registers', stateMachine: createRegisterMachine(machine, handlers) };
}

/** The node is there: what uses it can be made. */
export function beginSubject(subject: Subject, node: RaftNode): void {
  if (subject.type === 'metadata') subject.begin(node);
}
