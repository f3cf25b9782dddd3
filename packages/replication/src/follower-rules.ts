import { errorByCode } from '@streambus/kafka';
import type { LeaderAnswer } from './fetches.ts';

/** A follower's own log. */
export interface FollowerEnds {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** Where an epoch ends here (KIP-101). */
  epochEndOffset(epoch: number): { readonly epoch: number; readonly endOffset: number } | undefined;
}

/** What a follower is to do with its leader's answer. */
export type FollowerStep =
  /** Check the records, append them, take over the leader's ends. */
  | { readonly kind: 'append' }
  /** Cut off what is at and after `endOffset`, then ask again. */
  | { readonly kind: 'truncate'; readonly endOffset: number }
  /** Drop everything and begin at `startOffset`. */
  | { readonly kind: 'restart'; readonly startOffset: number }
  /** Change nothing and ask again after a while. */
  | { readonly kind: 'wait'; readonly message: string };

/** Decides what an answer means for a follower's log. */
export function followerStep(ends: FollowerEnds, answer: LeaderAnswer): FollowerStep {
  if (answer.errorCode !== 0) return stepAfterError(ends, answer);
  const { epoch, endOffset } = answer.divergingEpoch;
  if (endOffset >= 0) return { kind: 'truncate', endOffset: commonEndOffset(ends, epoch, endOffset) };
  return { kind: 'append' };
}

/**
 * The largest offset up to which both logs can be the same, given where the leader's last epoch up to the follower's ends (KIP-101,
 * KIP-595). Where the follower lacks that epoch its own earlier one decides, and the next answer may cut further.
 */
function commonEndOffset({ logEndOffset, epochEndOffset }: FollowerEnds, epoch: number, endOffset: number): number {
  const own = epochEndOffset(epoch)?.endOffset ?? logEndOffset;
  return Math.min(own, endOffset, logEndOffset);
}

function stepAfterError(ends: FollowerEnds, { errorCode, logStartOffset }: LeaderAnswer): FollowerStep {
  const { logStartOffset: ownStart, logEndOffset: ownEnd } = ends;
  const name = errorByCode(errorCode)?.name ?? `error ${errorCode}`;
  if (name !== 'OFFSET_OUT_OF_RANGE' || logStartOffset < 0) return { kind: 'wait', message: `it answers ${name}` };
  // Only what the leader has deleted, or nothing at all, is given up here: records that it may lack are cut off by their epochs.
  if (logStartOffset > ownEnd || (ownStart === ownEnd && logStartOffset !== ownEnd)) {
    return { kind: 'restart', startOffset: logStartOffset };
  }
  return {
    kind: 'wait',
    message: `it answers ${name}, and has records from ${logStartOffset} on; here are ${ownStart} to ${ownEnd}`,
  };
}
