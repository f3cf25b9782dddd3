import { ascendingIds, voterIds } from '../../src/configuration.ts';
import { type LogIndex, logIndex, type NodeId, nodeId, noLimit } from '../../src/identifiers.ts';
import { type JointVoters, jointCommitted, jointVote } from '../../src/quorum.ts';
import { argumentsOf, type Block } from './data-file.ts';

/** Runs `committed` and `vote`. */
export function runQuorumBlock(block: Block): readonly string[] {
  const voters = parseVoters(block);
  // Values come in the order of the ids, without counting twice those in both halves.
  const ids = [...new Set([...parseIds(block, 'cfg'), ...parseIds(block, 'cfgj')])];
  if (block.command === 'committed') return runCommitted(voters, ids, argumentsOf(block.args, 'idx') ?? []);
  if (block.command === 'vote') return runVote(voters, ids, argumentsOf(block.args, 'votes') ?? []);
  throw new Error(`line ${block.line}: unknown command ${block.command}`);
}

function parseVoters(block: Block): JointVoters {
  return { incoming: ascendingIds(parseIds(block, 'cfg')), outgoing: ascendingIds(parseIds(block, 'cfgj')) };
}

function parseIds(block: Block, key: string): readonly NodeId[] {
  const values = argumentsOf(block.args, key) ?? [];
  return values.filter((value) => value !== 'zero').map((value) => nodeId(Number(value)));
}

function runVote(voters: JointVoters, ids: readonly NodeId[], values: readonly string[]): readonly string[] {
  const votes = new Map<NodeId, boolean>();
  for (const [at, id] of ids.entries()) {
    const value = values[at];
    if (value === 'y' || value === 'n') votes.set(id, value === 'y');
  }
  const names = { won: 'VoteWon', lost: 'VoteLost', pending: 'VotePending' } as const;
  return [names[jointVote(voters, (id) => votes.get(id))]];
}

function runCommitted(voters: JointVoters, ids: readonly NodeId[], values: readonly string[]): readonly string[] {
  const acknowledged = new Map<NodeId, LogIndex>();
  for (const [at, id] of ids.entries()) {
    const index = Number(values[at]);
    if (index > 0) acknowledged.set(id, logIndex(index));
  }
  const committed = jointCommitted(voters, (id) => acknowledged.get(id) ?? logIndex(0));
  const result = committed === noLimit ? '∞' : String(committed);
  const members = voterIds(voters);
  if (members.length === 0) return [`<empty majority quorum>${result}`];
  return [...draw(members, acknowledged), result];
}

/** One line per voter: a bar as long as the number of voters behind it. */
function draw(members: readonly NodeId[], acknowledged: ReadonlyMap<NodeId, LogIndex>): readonly string[] {
  const indexOf = (id: NodeId): number => acknowledged.get(id) ?? 0;
  const count = members.length;
  const lines = [`${' '.repeat(count)}    idx`];
  for (const id of members) {
    const behind = members.filter((other) => indexOf(other) < indexOf(id)).length;
    const bar = acknowledged.has(id) ? `${'x'.repeat(behind)}>${' '.repeat(count - behind)}` : `?${' '.repeat(count)}`;
    lines.push(`${bar} ${String(indexOf(id)).padStart(5)}    (id=${id})`);
  }
  return lines;
}
