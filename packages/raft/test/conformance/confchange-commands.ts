import { type ConfChangeSingle, ConfChangeType } from '../../src/conf-change.ts';
import {
  type ChangeRefusal,
  type ChangeResult,
  changeSimply,
  enterJoint,
  leaveJoint,
} from '../../src/configuration-change.ts';
import { asIndex, nodeId, noLimit } from '../../src/identifiers.ts';
import { Tracker } from '../../src/tracker.ts';
import { type Block, flagOf } from './data-file.ts';
import { describeConfiguration, describeProgress } from './describe.ts';

const refusals: Readonly<Record<ChangeRefusal, string>> = {
  alreadyJoint: 'config is already joint',
  notJoint: "can't leave a non-joint config",
  noVoters: "can't make a zero-voter config joint",
  simpleInJoint: "can't apply simple config change in joint config",
  manyVoters: 'more than one voter changed without entering joint config',
  removesAllVoters: 'removed all voters',
};

const changeTypes: Readonly<Record<string, ConfChangeType>> = {
  v: ConfChangeType.addNode,
  r: ConfChangeType.removeNode,
  u: ConfChangeType.updateNode,
  l: ConfChangeType.addLearnerNode,
};

/** Reads `v1 l2 r3 u4`. */
export function parseChanges(input: readonly string[]): readonly ConfChangeSingle[] {
  const words = input
    .join(' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.map((word) => {
    const type = changeTypes[word.charAt(0)];
    if (type === undefined || !/^\d+$/.test(word.slice(1))) throw new Error(`unknown membership change ${word}`);
    return { type, nodeId: nodeId(Number(word.slice(1))) };
  });
}

/** Makes the runner of one file of `simple`, `enter-joint` and `leave-joint`. */
export function createConfChangeRunner(): (block: Block) => readonly string[] {
  const tracker = new Tracker({ maxInflightMessages: 10, maxInflightBytes: noLimit });
  let lastIndex = 0;
  return (block) => {
    const result = compute(block, tracker);
    const at = asIndex(lastIndex);
    lastIndex += 1;
    if (typeof result === 'string') return [result in refusals ? refusals[result as ChangeRefusal] : result];
    tracker.switchTo(result.configuration, result.fresh, at);
    const lines = [describeConfiguration(tracker.configuration)];
    for (const [id, progress] of tracker.progress) lines.push(`${id}: ${describeProgress(progress.status())}`);
    return lines;
  };
}

function compute(block: Block, tracker: Tracker): ChangeResult | string {
  const changes = parseChanges(block.input);
  switch (block.command) {
    case 'simple':
      return changeSimply(tracker.configuration, changes);
    case 'enter-joint':
      return enterJoint(tracker.configuration, changes, flagOf(block.args, 'autoleave'));
    case 'leave-joint':
      return changes.length > 0 ? 'this command takes no input' : leaveJoint(tracker.configuration);
    default:
      return 'unknown command';
  }
}
