import type { CommandOf, SingleCommand } from '@streambus/metadata';
import type { metadata as wire } from './generated/wire.js';

/** A kind of command that is not a batch. */
export type SingleKind = SingleCommand['kind'];

/** What a kind of command is on the wire: the schema's field of the same name. */
export type CommandBody<Kind extends SingleKind> = NonNullable<wire.Command.$Properties[Kind]>;

/** Both directions of one kind of command. */
export interface CommandCodec<Command, Body> {
  /** @throws CodecError `CODEC_NOT_ENCODABLE` */
  toWire(command: Command): Body;
  /** @throws CodecError `CODEC_VALUE_INVALID` */
  fromWire(body: Body): Command;
}

/** The codecs of some kinds of commands. */
export type CommandCodecs<Kind extends SingleKind> = {
  readonly [Each in Kind]: CommandCodec<CommandOf<Each>, CommandBody<Each>>;
};
