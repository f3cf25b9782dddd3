import type { Member } from '../cluster/member.ts';
import type { Link } from '../network/link.ts';
import type { Fault, FaultContext } from './fault-context.ts';

const maxCutMs = 15_000;

/** One way between two nodes. */
export const cutOneWay: Fault = (context) => {
  const pair = anyPair(context);
  if (pair === undefined) return;
  const [from, to] = pair;
  context.injected('cut one way', `from node ${from.id} to node ${to.id}`);
  cut(context, [[from, to]], context.durationUs(maxCutMs));
};

/** Both ways between two nodes. */
export const cutBothWays: Fault = (context) => {
  const pair = anyPair(context);
  if (pair === undefined) return;
  const [one, other] = pair;
  context.injected('cut both ways', `between nodes ${one.id} and ${other.id}`);
  cut(context, bothWays([one], [other]), context.durationUs(maxCutMs));
};

/** One node from all others: both ways, or only what it says, or only what it hears. */
export const isolation: Fault = (context) => {
  const { cluster, random } = context;
  const member = context.anyAlive();
  if (member === undefined || cluster.members.length < 2) return;
  const others = cluster.members.filter((other) => other !== member);
  const says = others.map((other) => [member, other] as const);
  const hears = others.map((other) => [other, member] as const);
  const [what, ways] = (
    [
      ['both ways', [...says, ...hears]],
      ['in what it says', says],
      ['in what it hears', hears],
    ] as const
  )[random.below(3)] ?? ['both ways', says];
  context.injected('isolation', `of node ${member.id}, ${what}`);
  cut(context, ways, context.durationUs(maxCutMs));
};

/** The nodes fall into two parts. */
export const partition: Fault = (context) => {
  const { cluster, random } = context;
  const one = cluster.members.filter(() => random.below(2) === 0);
  const other = cluster.members.filter((member) => !one.includes(member));
  if (one.length === 0 || other.length === 0) return;
  context.injected('partition', `of ${namesOf(one)} from ${namesOf(other)}`);
  cut(context, bothWays(one, other), context.durationUs(maxCutMs));
};

/** Two parts that see only one node in common. */
export const bridge: Fault = (context) => {
  const { cluster, random } = context;
  if (cluster.members.length < 3) return;
  const middle = context.anyMember();
  const rest = cluster.members.filter((member) => member !== middle);
  const one = rest.filter((_, at) => at === 0 || random.below(2) === 0);
  const other = rest.filter((member) => !one.includes(member));
  if (other.length === 0) return;
  context.injected('bridge', `over node ${middle.id} between ${namesOf(one)} and ${namesOf(other)}`);
  cut(context, bothWays(one, other), context.durationUs(maxCutMs));
};

/** A way between two nodes that is cut and mended many times. */
export const flapping: Fault = (context) => {
  const pair = anyPair(context);
  if (pair === undefined) return;
  const { world, random } = context;
  const [one, other] = pair;
  const endUs = world.nowUs + context.durationUs(20_000);
  const ways = random.below(2) === 0 ? ([[one, other]] as const) : bothWays([one], [other]);
  context.injected('flapping link', `between nodes ${one.id} and ${other.id}, ${ways.length} ways`);
  let healed = false;
  const flap = (): boolean => {
    if (world.nowUs >= endUs || healed) return false;
    const closedUs = 50_000 + random.below(1_500_000);
    cut(context, ways, closedUs);
    world.after(closedUs + 50_000 + random.below(1_000_000), flap);
    return false;
  };
  flap();
  context.undoAfter(endUs - world.nowUs, () => {
    healed = true;
  });
};

/** Every connection between two nodes is reset. */
export const reset: Fault = (context) => {
  const pair = anyPair(context);
  if (pair === undefined) return;
  const [one, other] = pair;
  if (context.cluster.network.reset(one.machine, other.machine) === 0) return;
  context.injected('reset', `between nodes ${one.id} and ${other.id}`);
};

/** Little passes in a second. */
export const throttle: Fault = (context) => {
  worsen(context, 'throttle', (link, amount, clear) => {
    link.bytesPerMs = 1 + Math.floor(amount / 10);
    return () => {
      link.bytesPerMs = 0;
      // It would take a minute to arrive otherwise, long after everything was healed.
      clear();
    };
  });
};

/** Everything takes longer, and not always as long. */
export const slowLink: Fault = (context) => {
  worsen(context, 'slow link', (link, amount) => {
    const { delayUs, jitterUs } = link;
    link.delayUs = delayUs + amount * 500;
    link.jitterUs = jitterUs + amount * 500;
    return () => {
      link.delayUs = delayUs;
      link.jitterUs = jitterUs;
    };
  });
};

/** Packets are lost, and come later. */
export const lossyLink: Fault = (context) => {
  worsen(context, 'lossy link', (link, amount) => {
    link.lossPerMille = amount;
    return () => {
      link.lossPerMille = 0;
    };
  });
};

type Way = readonly [from: Member, to: Member];

function anyPair({ cluster, random }: FaultContext): Way | undefined {
  const { members } = cluster;
  if (members.length < 2) return undefined;
  const first = random.below(members.length);
  const second = (first + 1 + random.below(members.length - 1)) % members.length;
  return [cluster.member(first + 1), cluster.member(second + 1)];
}

function bothWays(one: readonly Member[], other: readonly Member[]): readonly Way[] {
  return one.flatMap((here) =>
    other.flatMap((there): Way[] => [
      [here, there],
      [there, here],
    ]),
  );
}

function cut(context: FaultContext, ways: readonly Way[], durationUs: number): void {
  const { network } = context.cluster;
  for (const [from, to] of ways) network.cut(from.machine, to.machine);
  context.undoAfter(durationUs, () => {
    for (const [from, to] of ways) network.mend(from.machine, to.machine);
  });
}

/** Links that are worse at the moment: two faults on one would take each other's memory for the right state. */
const worse = new WeakSet<Link>();

/** Makes one way worse, by an amount from 1 to 200. */
function worsen(
  context: FaultContext,
  kind: 'throttle' | 'slow link' | 'lossy link',
  change: (link: Link, amount: number, clear: () => void) => () => void,
): void {
  const pair = anyPair(context);
  if (pair === undefined) return;
  const [from, to] = pair;
  const link = context.cluster.network.link(from.machine, to.machine);
  if (worse.has(link)) return;
  const amount = 1 + context.random.below(200);
  context.injected(kind, `from node ${from.id} to node ${to.id} by ${amount}`);
  worse.add(link);
  const restore = change(link, amount, () => context.cluster.network.clear(from.machine, to.machine));
  context.undoAfter(context.durationUs(20_000), () => {
    restore();
    worse.delete(link);
  });
}

function namesOf(members: readonly Member[]): string {
  return members.map(({ id }) => id).join(' and ');
}
