import type { Life } from '../cluster/member.ts';

/**
 * Whether a cluster that nobody leads can do nothing about it, because it needs the vote of one who does not belong to it any more: a leader that has
 * removed itself, knows that this is committed while those who stay do not, and has entries that they lack. The core keeps this as it is, with its
 * reason: `packages/raft/docs/DIVERGENCE.md`, "Known and kept". It is told apart here as strictly as it can be: nobody can win, and somebody could if
 * such voters gave their votes.
 */
export function waitsForARemovedVoter(lives: readonly Life[]): boolean {
  const candidates = lives.filter(isVoter);
  const canWin = (candidate: Life, votes: (voter: Life) => boolean): boolean => {
    return halvesOf(candidate).every((half) => {
      const given = lives.filter((life) => half.includes(life.watch.id) && votes(life)).length;
      return given > half.length / 2;
    });
  };
  const isBlocked = candidates.every((candidate) => !canWin(candidate, (voter) => !isAhead(voter, candidate)));
  return (
    isBlocked &&
    candidates.some((candidate) => canWin(candidate, (voter) => !isVoter(voter) || !isAhead(voter, candidate)))
  );
}

/** The voters, and while a change is under way those before it. */
function halvesOf({ node }: Life): readonly (readonly number[])[] {
  const { voters, votersOutgoing } = node.status().members;
  return [voters, votersOutgoing].filter((half) => half.length > 0);
}

function isVoter(life: Life): boolean {
  return halvesOf(life).some((half) => half.includes(life.watch.id));
}

/** Whether its log is more complete (dissertation, section 3.6.1). */
function isAhead({ watch: one }: Life, { watch: other }: Life): boolean {
  const [term = 0, otherTerm = 0] = [one.termAt(one.lastIndex), other.termAt(other.lastIndex)];
  return term > otherTerm || (term === otherTerm && one.lastIndex > other.lastIndex);
}
