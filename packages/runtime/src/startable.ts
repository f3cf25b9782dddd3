/** Something with a life: started once, stopped once, in the order its owner says. */
export interface Startable {
  /** Resolves when it does its work; rejects, with nothing left open, when it cannot. */
  start(): Promise<void>;
  /** Resolves when no timer, file or socket of it is left. Harmless twice, and before {@link start}. */
  stop(): Promise<void>;
}
