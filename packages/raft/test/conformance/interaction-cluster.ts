import { isProposalDropped, RaftError, type RaftErrorCode } from '../../src/errors.ts';
import { isLocalThread, type NodeId } from '../../src/identifiers.ts';
import { type Message, MessageType } from '../../src/message.ts';
import { describeMessage, describeReady } from './describe.ts';
import type { InteractionNode } from './interaction-node.ts';
import type { Output } from './output.ts';

/** For whom messages are delivered, or dropped. */
export interface Recipient {
  readonly id: number;
  readonly drop: boolean;
}

/** The nodes of one file and the messages between them. */
export class InteractionCluster {
  readonly nodes: InteractionNode[] = [];
  readonly output: Output;
  messages: Message[] = [];

  constructor(output: Output) {
    this.output = output;
  }

  node(id: number): InteractionNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  processReady(node: InteractionNode): void {
    const ready = node.raft.ready();
    this.output.write(...describeReady(ready));
    if (!node.asyncStorageWrites) {
      node.persist(ready.hardState, ready.snapshot, ready.entries);
      node.apply(ready.committedEntries);
    }
    for (const message of ready.messages) this.#queue(node, message);
    if (!node.asyncStorageWrites) node.raft.advance();
  }

  processAppendThread(node: InteractionNode): void {
    const work = node.appendWork.shift();
    if (work === undefined) {
      this.output.write('no append work to perform');
      return;
    }
    this.#work(work, () => {
      node.persist({ term: work.term, vote: work.vote, commit: work.commit }, work.snapshot, work.entries);
    });
  }

  processApplyThread(node: InteractionNode): void {
    const work = node.applyWork.shift();
    if (work === undefined) {
      this.output.write('no apply work to perform');
      return;
    }
    this.#work(work, () => node.apply(work.entries));
  }

  /** @returns how many messages there were */
  deliver(recipients: readonly Recipient[], type?: MessageType): number {
    let count = 0;
    for (const { id, drop } of recipients) {
      const taken = this.#take(id, drop, type);
      count += taken.length;
      for (const message of taken) this.#deliverOne(message, drop);
    }
    return count;
  }

  /** Rounds of everything, until nothing is left. */
  stabilize(nodes: readonly InteractionNode[]): void {
    for (let done = false; !done; ) {
      done = true;
      const section = (when: boolean, title: string, action: () => void): void => {
        if (!when) return;
        done = false;
        this.output.write(`> ${title}`);
        this.output.indented(action);
      };
      for (const node of nodes) {
        section(node.raft.hasReady(), `${node.id} handling Ready`, () => this.processReady(node));
      }
      for (const { id } of nodes) {
        const some = this.messages.some((message) => message.to === id);
        section(some, `${id} receiving messages`, () => this.deliver([{ id, drop: false }]));
      }
      for (const node of nodes) {
        section(node.appendWork.length > 0, `${node.id} processing append thread`, () => {
          while (node.appendWork.length > 0) this.processAppendThread(node);
        });
      }
      for (const node of nodes) {
        section(node.applyWork.length > 0, `${node.id} processing apply thread`, () => {
          while (node.applyWork.length > 0) this.processApplyThread(node);
        });
      }
    }
  }

  #work(work: Message, action: () => void): void {
    this.output.write('Processing:', ...describeMessage({ ...work, responses: [] }));
    action();
    this.output.write('Responses:', ...work.responses.flatMap(describeMessage));
    this.messages.push(...work.responses);
  }

  #queue(node: InteractionNode, message: Message): void {
    if (message.type === MessageType.storageAppend) node.appendWork.push(message);
    else if (message.type === MessageType.storageApply) node.applyWork.push(message);
    else this.messages.push(message);
  }

  #take(id: number, drop: boolean, type: MessageType | undefined): readonly Message[] {
    const matches = (message: Message): boolean =>
      message.to === id && !(drop && staysLocal(message)) && (type === undefined || message.type === type);
    const taken = this.messages.filter(matches);
    this.messages = this.messages.filter((message) => !matches(message));
    return taken;
  }

  #deliverOne(message: Message, drop: boolean): void {
    const [head = '', ...rest] = describeMessage(message);
    this.output.write(drop ? `dropped: ${head}` : head, ...rest);
    if (drop) return;
    try {
      this.node(message.to).raft.step(message);
    } catch (error) {
      this.output.write(errorText(error));
    }
  }
}

const refusalTexts: Partial<Readonly<Record<RaftErrorCode, string>>> = {
  RAFT_PEER_UNKNOWN: 'raft: cannot step as peer not found',
  RAFT_LOCAL_MESSAGE: 'raft: cannot step raft local message',
  RAFT_COMPACTED: 'requested index is unavailable due to compaction',
  RAFT_UNAVAILABLE: 'requested entry at index is unavailable',
  RAFT_SNAPSHOT_OUT_OF_DATE: 'requested index is older than the existing snapshot',
};

/** What the recorded program says for a refusal; anything else is a failure of the run. */
export function errorText(error: unknown): string {
  if (isProposalDropped(error)) return 'raft proposal dropped';
  const text = error instanceof RaftError ? refusalTexts[error.code] : undefined;
  if (text === undefined) throw error;
  return text;
}

function staysLocal({ from, to }: { readonly from: NodeId; readonly to: NodeId }): boolean {
  return from === to || isLocalThread(from) || isLocalThread(to);
}
