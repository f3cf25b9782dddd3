import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfChangeSingle, ConfChangeType } from './conf-change.ts';
import { type Configuration, emptyConfiguration, fromConfState, isJoint, toConfState } from './configuration.ts';
import { changeSimply, enterJoint, leaveJoint } from './configuration-change.ts';
import { nodeId } from './identifiers.ts';

const someNode = fc.integer({ min: 0, max: 6 }).map(nodeId);
const someChange: fc.Arbitrary<ConfChangeSingle> = fc.record({
  type: fc.constantFrom(...Object.values(ConfChangeType)),
  nodeId: someNode,
});
const someChanges = fc.array(someChange, { maxLength: 5 });

/** What changes mean for roles, one after the other, without any of the rules. */
function rolesAfter(configuration: Configuration, changes: readonly ConfChangeSingle[]): ReadonlyMap<number, string> {
  const roles = new Map<number, string>();
  for (const id of configuration.voters.incoming) roles.set(id, 'voter');
  for (const id of configuration.learners) roles.set(id, 'learner');
  for (const { type, nodeId: id } of changes) {
    if (id === 0) continue;
    if (type === ConfChangeType.addNode) roles.set(id, 'voter');
    if (type === ConfChangeType.addLearnerNode) roles.set(id, 'learner');
    if (type === ConfChangeType.removeNode) roles.delete(id);
  }
  return roles;
}

function rolesOf(configuration: Configuration): ReadonlyMap<number, string> {
  const roles = new Map<number, string>();
  for (const id of configuration.voters.incoming) roles.set(id, 'voter');
  for (const id of [...configuration.learners, ...configuration.learnersNext]) roles.set(id, 'learner');
  return roles;
}

/** A configuration that some changes lead to. */
const someConfiguration = fc.array(someChanges, { maxLength: 6 }).map((steps) =>
  steps.reduce<Configuration>((configuration, changes) => {
    const result = changeSimply(configuration, changes);
    return typeof result === 'string' ? configuration : result.configuration;
  }, emptyConfiguration),
);

function majoritiesOverlap(before: readonly number[], after: readonly number[]): boolean {
  const all = [...new Set([...before, ...after])];
  const subsets = Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_id, at) => (bits >> at) & 1));
  const majority = (voters: readonly number[], some: readonly number[]): boolean =>
    voters.filter((id) => some.includes(id)).length * 2 > voters.length;
  // If some split gives each side a majority, two leaders could be elected at once.
  return subsets.every((some) => {
    const others = all.filter((id) => !some.includes(id));
    return !(majority(before, some) && majority(after, others));
  });
}

describe('simple changes (section 4.1)', () => {
  it('give every node the role that the changes say', () => {
    fc.assert(
      fc.property(someConfiguration, someChanges, (configuration, changes) => {
        const result = changeSimply(configuration, changes);
        if (typeof result === 'string') return;
        expect(rolesOf(result.configuration)).toEqual(new Map([...rolesAfter(configuration, changes)]));
      }),
    );
  });

  it('only lead to configurations whose majorities overlap with those before', () => {
    fc.assert(
      fc.property(someConfiguration, someChanges, (configuration, changes) => {
        const result = changeSimply(configuration, changes);
        if (typeof result === 'string') return;
        expect(majoritiesOverlap(configuration.voters.incoming, result.configuration.voters.incoming)).toBe(true);
      }),
    );
  });

  it('never leave a cluster without a voter', () => {
    const single = fromConfState({ ...toConfState(emptyConfiguration), voters: [nodeId(1)] });
    expect(changeSimply(single, [{ type: ConfChangeType.removeNode, nodeId: nodeId(1) }])).toBe('removesAllVoters');
  });
});

describe('joint changes (section 4.3)', () => {
  it('end in the role that the changes say, and keep the outgoing voters until then', () => {
    fc.assert(
      fc.property(someConfiguration, someChanges, fc.boolean(), (configuration, changes, autoLeave) => {
        const entered = enterJoint(configuration, changes, autoLeave);
        if (typeof entered === 'string') return;
        expect(entered.configuration.voters.outgoing).toEqual(configuration.voters.incoming);
        expect(entered.configuration.autoLeave).toBe(autoLeave);
        const left = leaveJoint(entered.configuration);
        if (typeof left === 'string') throw new Error(left);
        expect(isJoint(left.configuration)).toBe(false);
        expect(rolesOf(left.configuration)).toEqual(new Map([...rolesAfter(configuration, changes)]));
      }),
    );
  });

  it('survive being carried in a snapshot', () => {
    fc.assert(
      fc.property(someConfiguration, someChanges, (configuration, changes) => {
        const entered = enterJoint(configuration, changes, false);
        if (typeof entered === 'string') return;
        expect(fromConfState(toConfState(entered.configuration))).toEqual(entered.configuration);
      }),
    );
  });

  it('know nothing of the log of a member that was away', () => {
    const configuration = fromConfState({ ...toConfState(emptyConfiguration), voters: [1, 2, 3].map(nodeId) });
    const result = changeSimply(configuration, [
      { type: ConfChangeType.removeNode, nodeId: nodeId(3) },
      { type: ConfChangeType.addNode, nodeId: nodeId(3) },
    ]);
    expect(result).toMatchObject({ configuration, fresh: new Set([3]) });
  });
});

/** All that five nodes can be: nothing, voter or learner, with at least one voter. */
function everyConfiguration(): readonly Configuration[] {
  const roles = Array.from({ length: 3 ** 5 }, (_, code) => {
    const of = (digit: number) => [1, 2, 3, 4, 5].filter((id) => Math.floor(code / 3 ** (id - 1)) % 3 === digit);
    return { ...toConfState(emptyConfiguration), voters: of(1).map(nodeId), learners: of(2).map(nodeId) };
  });
  return roles.filter(({ voters }) => voters.length > 0).map(fromConfState);
}

/** All lists of one and of two changes to five nodes. */
function everyChange(): readonly (readonly ConfChangeSingle[])[] {
  const { addNode, addLearnerNode, removeNode } = ConfChangeType;
  const single = [addNode, addLearnerNode, removeNode].flatMap((type) =>
    [1, 2, 3, 4, 5].map((id): ConfChangeSingle => ({ type, nodeId: nodeId(id) })),
  );
  return single.flatMap((first) => [[first], ...single.map((second) => [first, second])]);
}

describe('every change of one or two nodes in every configuration of five', () => {
  const overlaps = new Map<string, boolean>();
  const overlap = (before: readonly number[], after: readonly number[]): boolean => {
    const key = `${before} ${after}`;
    const known = overlaps.get(key) ?? majoritiesOverlap(before, after);
    overlaps.set(key, known);
    return known;
  };

  it('is made simply exactly when some voter is left and at most one differs; then majorities overlap', () => {
    for (const configuration of everyConfiguration()) {
      for (const changes of everyChange()) {
        const roles = rolesAfter(configuration, changes);
        const before = configuration.voters.incoming;
        const voters = [...roles].filter(([, role]) => role === 'voter').map(([id]) => id);
        const differ = [1, 2, 3, 4, 5].filter((id) => before.some((voter) => voter === id) !== voters.includes(id));
        const result = changeSimply(configuration, changes);
        if (voters.length === 0) expect(result).toBe('removesAllVoters');
        else if (differ.length > 1) expect(result).toBe('manyVoters');
        else if (typeof result === 'string') expect(result).toBeUndefined();
        else if (!sameRoles(rolesOf(result.configuration), roles)) expect(rolesOf(result.configuration)).toEqual(roles);
        else if (!overlap(before, result.configuration.voters.incoming)) expect({ before, changes }).toBeUndefined();
      }
    }
  });

  it('is made through a joint configuration whenever some voter is left, and ends as the changes say', () => {
    for (const configuration of everyConfiguration()) {
      for (const changes of everyChange()) {
        const roles = rolesAfter(configuration, changes);
        const entered = enterJoint(configuration, changes, false);
        if (typeof entered === 'string') {
          expect([entered, [...roles.values()].includes('voter')]).toEqual(['removesAllVoters', false]);
          continue;
        }
        const left = leaveJoint(entered.configuration);
        if (typeof left === 'string') throw new Error(left);
        if (!sameRoles(rolesOf(left.configuration), roles)) expect(rolesOf(left.configuration)).toEqual(roles);
      }
    }
  });
});

function sameRoles(some: ReadonlyMap<number, string>, others: ReadonlyMap<number, string>): boolean {
  return some.size === others.size && [...some].every(([id, role]) => others.get(id) === role);
}
