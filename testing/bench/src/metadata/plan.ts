/** How much is measured. */
export interface Plan {
  /** Each is measured so often, in turns. */
  readonly rounds: number;
  /**
   * A cluster that has just been started runs uncompiled code, and compiles it for tens of thousands of operations on processors that it
   * needs; each is loaded so long before the first round, at each way in.
   */
  readonly compileMs: number;
  /** Before each window. */
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** Operations without an answer at any time. */
export const depths = [1, 64, 1024] as const;

export const usualPlan: Plan = { rounds: 3, compileMs: 8000, warmUpMs: 300, windowMs: 2500 };

/** The same in less time: a look, no result. */
export const quickPlan: Plan = { rounds: 1, compileMs: 3000, warmUpMs: 200, windowMs: 1000 };
