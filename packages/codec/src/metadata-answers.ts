import {
  type BrokerStatusResult,
  type CommandAnswer,
  type CommandKind,
  type CommandResult,
  type ElectionOutcome,
  type ElectLeadersResult,
  isRefusalCode,
  leaderEpoch,
  metadataVersion,
  type PartitionResult,
  type PlainResult,
  partitionEpoch,
  type Refusal,
  type ResultOf,
  type SingleResult,
} from '@streambus/metadata';
import { CodecError } from './errors.ts';
import { count, enumTable, int32, int32s, present } from './fields.ts';
import { metadata as wire } from './generated/wire.js';
import { brokerStatuses, given } from './metadata-fields.ts';
import { fromBytes, toBytes } from './wire.ts';

/** Writes an answer of the metadata state machine. @throws CodecError `CODEC_NOT_ENCODABLE` */
export function encodeMetadataAnswer(answer: CommandAnswer): Uint8Array {
  const version = count(answer.version, 'metadata version');
  return toBytes(
    wire.Answer,
    answer.status === 'applied'
      ? { version, applied: resultToWire(answer.result) }
      : { version, refused: refusalToWire(answer.refusal) },
  );
}

/** Reads an answer of the metadata state machine. @throws CodecError */
export function decodeMetadataAnswer(bytes: Uint8Array): CommandAnswer {
  return fromBytes('metadata answer', wire.Answer, bytes, (answer): CommandAnswer => {
    const version = metadataVersion(answer.version);
    if (answer.outcome === 'applied') return { status: 'applied', version, result: resultFromWire(answer.applied) };
    const refusal = refusalFromWire(present(answer.refused, 'the outcome of a metadata answer'));
    return { status: 'refused', version, refusal };
  });
}

type SingleKind = Exclude<CommandKind, 'batch'>;
type Body<Kind extends SingleKind> = NonNullable<wire.Result.$Properties[Kind]>;

interface ResultCodec<Result, Body> {
  toWire(result: Result): Body;
  fromWire(body: Body): Result;
}

const elections = enumTable<ElectionOutcome['outcome']>('outcome of an election', [
  'elected',
  'notNeeded',
  'notAvailable',
  'unknownPartition',
]);

const codecs: { readonly [Kind in SingleKind]: ResultCodec<ResultOf<Kind>, Body<Kind>> } = {
  registerBroker: {
    toWire: ({ epoch, status }) => ({ epoch: count(epoch, 'broker epoch'), status: brokerStatuses.encode(status) }),
    fromWire: ({ epoch, status }) => ({
      kind: 'registerBroker',
      epoch: metadataVersion(epoch ?? 0),
      status: brokerStatuses.decode(status ?? 0),
    }),
  },
  updateBroker: plainCodec('updateBroker'),
  fenceBroker: leaderMovesCodec('fenceBroker'),
  unfenceBroker: leaderMovesCodec('unfenceBroker'),
  drainBroker: leaderMovesCodec('drainBroker'),
  unregisterBroker: plainCodec('unregisterBroker'),
  createTopic: {
    toWire: ({ topicId, partitionCount, replicationFactor }) => ({
      topicId,
      partitionCount: int32(partitionCount, 'count of partitions'),
      replicationFactor: int32(replicationFactor, 'replication factor'),
    }),
    fromWire: (body) => ({
      kind: 'createTopic',
      topicId: body.topicId ?? '',
      partitionCount: body.partitionCount ?? 0,
      replicationFactor: body.replicationFactor ?? 0,
    }),
  },
  deleteTopic: {
    toWire: ({ topicId }) => ({ topicId }),
    fromWire: ({ topicId }) => ({ kind: 'deleteTopic', topicId: topicId ?? '' }),
  },
  configureTopic: plainCodec('configureTopic'),
  configureBroker: plainCodec('configureBroker'),
  addPartitions: {
    toWire: ({ partitionCount }) => ({ partitionCount: int32(partitionCount, 'count of partitions') }),
    fromWire: ({ partitionCount }) => ({ kind: 'addPartitions', partitionCount: partitionCount ?? 0 }),
  },
  changePartition: partitionCodec('changePartition'),
  electPreferredLeaders: electionsCodec('electPreferredLeaders'),
  electUncleanLeaders: electionsCodec('electUncleanLeaders'),
  beginReassignment: partitionCodec('beginReassignment'),
  finishReassignment: partitionCodec('finishReassignment'),
  cancelReassignment: partitionCodec('cancelReassignment'),
  allocateProducerIds: {
    toWire: (result) => ({
      firstProducerId: count(result.firstProducerId, 'producer id'),
      count: int32(result.count, 'count of producer ids'),
    }),
    fromWire: (body) => ({
      kind: 'allocateProducerIds',
      firstProducerId: body.firstProducerId ?? 0,
      count: body.count ?? 0,
    }),
  },
  setFeatureLevel: plainCodec('setFeatureLevel'),
};

/** The codec of a kind, to be used with results and bodies of that kind: what the table's type says of each kind alone. */
function codecOf(kind: SingleKind): ResultCodec<SingleResult, unknown> {
  return codecs[kind] as unknown as ResultCodec<SingleResult, unknown>;
}

function resultToWire(result: CommandResult): wire.Result.$Properties {
  if (result.kind === 'batch') return { batch: { results: result.results.map(singleToWire) } };
  return singleToWire(result);
}

function singleToWire(result: SingleResult): wire.Result.$Properties {
  return { [result.kind]: codecOf(result.kind).toWire(result) };
}

function resultFromWire(result: wire.Result.$Properties): CommandResult {
  if (result.kind !== 'batch') return singleFromWire(result);
  return { kind: 'batch', results: result.batch?.results?.map(singleFromWire) ?? [] };
}

function singleFromWire(result: wire.Result.$Properties): SingleResult {
  const { kind } = result;
  if (kind !== undefined && kind !== 'batch') return codecOf(kind).fromWire(result[kind]);
  throw new CodecError('CODEC_VALUE_INVALID', 'the result of a metadata command is of no kind that is known here');
}

function plainCodec(kind: PlainResult['kind']): ResultCodec<PlainResult, wire.Done.$Properties> {
  return { toWire: () => ({}), fromWire: () => ({ kind }) };
}

function leaderMovesCodec(
  kind: BrokerStatusResult['kind'],
): ResultCodec<BrokerStatusResult, wire.LeaderMoves.$Properties> {
  return {
    toWire: ({ movedLeaderCount, leaderlessCount }) => ({
      movedLeaderCount: int32(movedLeaderCount, 'count of moved leaders'),
      leaderlessCount: int32(leaderlessCount, 'count of lost leaders'),
    }),
    fromWire: (body) => ({
      kind,
      movedLeaderCount: body.movedLeaderCount ?? 0,
      leaderlessCount: body.leaderlessCount ?? 0,
    }),
  };
}

function partitionCodec(
  kind: PartitionResult['kind'],
): ResultCodec<PartitionResult, wire.ChangedPartition.$Properties> {
  return {
    toWire: (result) => ({
      partitionEpoch: count(result.partitionEpoch, 'partition epoch'),
      leaderEpoch: count(result.leaderEpoch, 'leader epoch'),
      leader: result.leader === undefined ? null : int32(result.leader, 'leader'),
      isr: int32s(result.isr, 'member of an ISR'),
    }),
    fromWire: (body) => ({
      kind,
      partitionEpoch: partitionEpoch(body.partitionEpoch ?? 0),
      leaderEpoch: leaderEpoch(body.leaderEpoch ?? 0),
      leader: body.leader ?? undefined,
      isr: body.isr ?? [],
    }),
  };
}

function electionsCodec(kind: ElectLeadersResult['kind']): ResultCodec<ElectLeadersResult, wire.Elections.$Properties> {
  return {
    toWire: (result) => ({
      elections: result.elections.map(({ name, partition, outcome }) => ({
        name,
        partition: int32(partition, 'partition'),
        outcome: elections.encode(outcome),
      })),
    }),
    fromWire: (body) => ({ kind, elections: body.elections?.map(electionFromWire) ?? [] }),
  };
}

function electionFromWire({ name, partition, outcome }: wire.ElectionOutcome.$Properties): ElectionOutcome {
  return { name: name ?? '', partition: partition ?? 0, outcome: elections.decode(outcome ?? 0) };
}

function refusalToWire({ code, message, commandIndex }: Refusal): wire.Refusal.$Properties {
  return {
    code,
    message,
    commandIndex: commandIndex === undefined ? null : int32(commandIndex, 'index in a batch'),
  };
}

function refusalFromWire({ code, message, commandIndex }: wire.Refusal.$Properties): Refusal {
  const text = code ?? '';
  if (isRefusalCode(text)) return { code: text, message: message ?? '', ...given('commandIndex', commandIndex) };
  throw new CodecError(
    'CODEC_VALUE_INVALID',
    `the code of a refusal is ${JSON.stringify(text)}, which is unknown here`,
  );
}
