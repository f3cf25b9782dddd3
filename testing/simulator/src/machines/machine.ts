import type { MetadataDelta, MetadataState } from '@streambus/metadata';

/** What a state machine tells of each command. */
export interface AppliedCommand {
  readonly index: number;
  readonly term: number;
  /** Names the client's operation. */
  readonly operation: number;
  /** What it answered, or a digest of that. */
  readonly answer: number;
  /** Stands for the state after it: equal states have equal ones. */
  readonly digest: number;
}

/** Who hears what a machine does. */
export interface MachineHandlers {
  onApplied(applied: AppliedCommand): void;
  /** The state is that of a snapshot now. The index is undefined where the machine does not keep it. */
  onRestored(index: number | undefined, digest: number): void;
  /** A subscriber of metadata hears of a change. */
  onDelta(delta: MetadataDelta, state: MetadataState): void;
}

/** Folds a number into a digest. */
export function mixed(digest: number, value: number): number {
  const sum = Math.imul(digest ^ value, 0x85ebca6b);
  return (sum ^ (sum >>> 13)) >>> 0;
}

/** A digest of bytes. */
export function digestOf(bytes: Uint8Array): number {
  let digest = bytes.length;
  for (const byte of bytes) digest = Math.imul(digest ^ byte, 0x01000193);
  return mixed(digest, bytes.length);
}
