import type { BatchCommand, MetadataCommand, SingleCommand } from '@streambus/metadata';
import { assert } from '@streambus/runtime';

const markedSetting = 'log.retention.ms';

/** Makes of some commands one operation that can be told from every other: its first command leaves its number in the state. */
export function markedCommand(operation: number, commands: readonly SingleCommand[]): BatchCommand {
  const mark: SingleCommand = {
    kind: 'configureBroker',
    changes: [{ operation: 'set', key: markedSetting, value: String(operation) }],
  };
  return { kind: 'batch', commands: [mark, ...commands] };
}

/** The number of an operation that {@link markedCommand} made. */
export function operationIn(command: MetadataCommand): number {
  const [mark] = command.kind === 'batch' ? command.commands : [];
  const [change] = mark?.kind === 'configureBroker' ? mark.changes : [];
  assert(change?.operation === 'set', 'a command of the simulation has a mark');
  return Number(change.value);
}
