import type { MetadataCommand, SingleCommand } from '@streambus/metadata';
import { brokerCommands } from './broker-commands.ts';
import type { CommandCodec, CommandCodecs, SingleKind } from './command-codec.ts';
import { CodecError } from './errors.ts';
import { metadata as wire } from './generated/wire.js';
import { partitionCommands } from './partition-commands.ts';
import { topicCommands } from './topic-commands.ts';
import { fromBytes, toBytes } from './wire.ts';

/** Writes a metadata command. @throws CodecError `CODEC_NOT_ENCODABLE` */
export function encodeMetadataCommand(command: MetadataCommand): Uint8Array {
  return toBytes(wire.Command, commandToWire(command));
}

/**
 * Reads a metadata command. That it can be read does not mean that it will be applied: the state machine judges its values.
 *
 * @throws CodecError
 */
export function decodeMetadataCommand(bytes: Uint8Array): MetadataCommand {
  return fromBytes('metadata command', wire.Command, bytes, commandFromWire);
}

const codecs: CommandCodecs<SingleKind> = { ...brokerCommands, ...topicCommands, ...partitionCommands };

/** The codec of a kind, to be used with commands and bodies of that kind: what the table's type says of each kind alone. */
function codecOf(kind: SingleKind): CommandCodec<SingleCommand, unknown> {
  return codecs[kind] as CommandCodec<SingleCommand, unknown>;
}

function commandToWire(command: MetadataCommand): wire.Command.$Properties {
  if (command.kind === 'batch') return { batch: { commands: command.commands.map(singleToWire) } };
  return singleToWire(command);
}

function singleToWire(command: SingleCommand): wire.Command.$Properties {
  return { [command.kind]: codecOf(command.kind).toWire(command) };
}

function commandFromWire(command: wire.Command.$Properties): MetadataCommand {
  if (command.kind !== 'batch') return singleFromWire(command);
  return { kind: 'batch', commands: command.batch?.commands?.map(singleFromWire) ?? [] };
}

function singleFromWire(command: wire.Command.$Properties): SingleCommand {
  const { kind } = command;
  if (kind !== undefined && kind !== 'batch') return codecOf(kind).fromWire(command[kind]);
  const what = kind === 'batch' ? 'a batch within a batch' : 'of no kind that is known here';
  throw new CodecError('CODEC_VALUE_INVALID', `a metadata command is ${what}`);
}
