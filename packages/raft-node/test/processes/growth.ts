/** One measured value at some number of proposals. */
export interface Point {
  readonly proposals: number;
  readonly value: number;
}

/**
 * How much a value grows with every proposal: the median of the slopes between any two points (Theil 1950, Sen 1968), which a few points
 * that were measured at a bad moment do not move.
 */
export function growthPerProposal(points: readonly Point[]): number {
  const slopes = points.flatMap((one, at) =>
    points
      .slice(at + 1)
      .filter(({ proposals }) => proposals > one.proposals)
      .map(({ proposals, value }) => (value - one.value) / (proposals - one.proposals)),
  );
  slopes.sort((one, other) => one - other);
  const middle = slopes.length >>> 1;
  const upper = slopes[middle] ?? 0;
  return slopes.length % 2 === 1 ? upper : ((slopes[middle - 1] ?? 0) + upper) / 2;
}
