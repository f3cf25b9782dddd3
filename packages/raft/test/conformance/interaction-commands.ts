import { type ConfChange, ConfChangeTransition, type ConfChangeV2 } from '../../src/conf-change.ts';
import { isVoter } from '../../src/configuration.ts';
import { emptyBytes } from '../../src/entry.ts';
import { asIndex, logIndex, nodeId, noLimit } from '../../src/identifiers.ts';
import { createMessage, MessageType } from '../../src/message.ts';
import { parseChanges } from './confchange-commands.ts';
import { type Argument, argumentOf, type Block, flagOf, nodeNumbers } from './data-file.ts';
import { describeEntry, describeMessage, describeMessageType, describeProgress, roleNames } from './describe.ts';
import { errorText, InteractionCluster, type Recipient } from './interaction-cluster.ts';
import { InteractionNode } from './interaction-node.ts';
import { Output } from './output.ts';

type Command = (cluster: InteractionCluster, block: Block) => void;

/** Makes the runner of one file of a scripted cluster. */
export function createInteractionRunner(): (block: Block) => readonly string[] {
  const cluster = new InteractionCluster(new Output());
  return (block) => {
    const command = commands[block.command];
    if (command === undefined) throw new Error(`line ${block.line}: unknown command ${block.command}`);
    try {
      command(cluster, block);
    } catch (error) {
      cluster.output.writeError(errorText(error));
    }
    return cluster.output.take();
  };
}

const commands: Readonly<Record<string, Command>> = {
  'log-level': ({ output }, { args }) => {
    output.silent = args[0]?.key.toLowerCase() === 'none';
  },
  'add-nodes': (cluster, { args }) => {
    const count = nodeNumbers(args)[0] ?? 0;
    for (let added = 0; added < count; added += 1) {
      cluster.nodes.push(new InteractionNode(cluster.nodes.length + 1, args));
    }
  },
  campaign: (cluster, block) => only(cluster, block).raft.campaign(),
  'forget-leader': (cluster, block) => only(cluster, block).raft.forgetLeader(),
  compact: (cluster, block) => {
    const { storage } = only(cluster, block);
    storage.compact(logIndex(second(block)));
    writeLog(cluster, block);
  },
  'deliver-msgs': (cluster, { args }) => {
    const recipients = args.flatMap(parseRecipients);
    const type = argumentOf(args, 'type');
    const count = cluster.deliver(recipients, type === undefined ? undefined : parseType(type));
    if (count === 0) cluster.output.write('no messages');
  },
  'process-ready': (cluster, block) => {
    forEach(cluster, block, 'handling Ready', (node) => cluster.processReady(node));
  },
  'process-append-thread': (cluster, block) => {
    forEach(cluster, block, 'processing append thread', (node) => cluster.processAppendThread(node));
  },
  'process-apply-thread': (cluster, block) => {
    forEach(cluster, block, 'processing apply thread', (node) => cluster.processApplyThread(node));
  },
  'raft-log': writeLog,
  'raft-state': ({ nodes, output }) => {
    for (const { id, raft, core } of nodes) {
      const voter = isVoter(core.tracker.configuration, id) ? 'Voter' : 'Non-Voter';
      output.write(`${id}: ${roleNames[raft.role]} (${voter}) Term:${raft.term} Lead:${raft.leader}`);
    }
  },
  'set-randomized-election-timeout': (cluster, block) => {
    only(cluster, block).core.randomizedElectionTimeoutTicks = Number(argumentOf(block.args, 'timeout'));
  },
  stabilize: (cluster, { args }) => {
    const ids = nodeNumbers(args);
    const { output } = cluster;
    const before = output.silent;
    const level = argumentOf(args, 'log-level');
    if (level !== undefined) output.silent = level.toLowerCase() === 'none';
    try {
      cluster.stabilize(ids.length === 0 ? cluster.nodes : ids.map((id) => cluster.node(id)));
    } finally {
      output.silent = before;
    }
  },
  status: (cluster, block) => {
    const { progress } = only(cluster, block).raft.status();
    for (const [id, status] of progress) cluster.output.write(`${id}: ${describeProgress(status)}`);
  },
  'tick-election': (cluster, block) => tick(cluster, block, 3),
  'tick-heartbeat': (cluster, block) => tick(cluster, block, 1),
  'transfer-leadership': (cluster, { args }) => {
    const from = Number(argumentOf(args, 'from'));
    cluster.node(from).raft.transferLeadership(nodeId(Number(argumentOf(args, 'to'))));
  },
  'send-snapshot': (cluster, block) => {
    const from = only(cluster, block);
    const message = createMessage({
      type: MessageType.snapshot,
      from: from.id,
      to: nodeId(second(block)),
      term: from.raft.term,
      snapshot: from.newestSnapshot,
    });
    cluster.messages.push(message);
    cluster.output.write(...describeMessage(message));
  },
  propose: (cluster, block) => {
    only(cluster, block).raft.propose([new TextEncoder().encode(block.args[1]?.key ?? '')]);
  },
  'propose-conf-change': (cluster, block) => only(cluster, block).raft.proposeConfChange(parseConfChange(block)),
  'report-unreachable': (cluster, block) => only(cluster, block).raft.reportUnreachable(nodeId(second(block))),
};

function only(cluster: InteractionCluster, { args }: Block): InteractionNode {
  return cluster.node(nodeNumbers(args)[0] ?? 0);
}

function second({ args }: Block): number {
  return nodeNumbers(args)[1] ?? 0;
}

function tick(cluster: InteractionCluster, block: Block, count: number): void {
  const { raft } = only(cluster, block);
  for (let ticked = 0; ticked < count; ticked += 1) raft.tick();
}

function forEach(
  cluster: InteractionCluster,
  { args }: Block,
  title: string,
  action: (node: InteractionNode) => void,
): void {
  const nodes = nodeNumbers(args).map((id) => cluster.node(id));
  for (const node of nodes) {
    if (nodes.length === 1) {
      action(node);
      continue;
    }
    cluster.output.write(`> ${node.id} ${title}`);
    cluster.output.indented(() => action(node));
  }
}

function writeLog(cluster: InteractionCluster, block: Block): void {
  const { storage } = only(cluster, block);
  const first = storage.firstIndex();
  const last = storage.lastIndex();
  if (last < first) {
    cluster.output.write(`log is empty: first index=${first}, last index=${last}`);
    return;
  }
  cluster.output.write(...storage.entries(first, asIndex(last + 1), noLimit).map(describeEntry));
}

/** `2` is delivered to, `drop=(2,3)` is not, in the order given. */
function parseRecipients({ key, values }: Argument): readonly Recipient[] {
  if (values.length === 0) return [{ id: Number(key), drop: false }];
  return key === 'drop' ? values.map((id) => ({ id: Number(id), drop: true })) : [];
}

function parseType(name: string): MessageType {
  const type = Object.values(MessageType).find((candidate) => describeMessageType(candidate) === name);
  if (type === undefined) throw new Error(`unknown message type ${name}`);
  return type;
}

const transitions: Readonly<Record<string, ConfChangeTransition>> = {
  auto: ConfChangeTransition.auto,
  implicit: ConfChangeTransition.jointImplicit,
  explicit: ConfChangeTransition.jointExplicit,
};

function parseConfChange({ args, input }: Block): ConfChange | ConfChangeV2 {
  const changes = parseChanges(input);
  if (flagOf(args, 'v1')) {
    const [single] = changes;
    if (single === undefined || changes.length > 1) throw new Error('a v1 change is about exactly one node');
    return { id: 0, type: single.type, nodeId: single.nodeId, context: emptyBytes };
  }
  const transition = transitions[argumentOf(args, 'transition') ?? 'auto'];
  if (transition === undefined) throw new Error(`unknown transition ${argumentOf(args, 'transition')}`);
  return { transition, changes, context: emptyBytes };
}
