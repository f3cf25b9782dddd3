/** A bug, as a change of one file. */
export interface PlantedBug {
  /** What is wrong with it. */
  readonly what: string;
  /** From the repository's root. */
  readonly file: string;
  /** What is there, once. */
  readonly right: string;
  /** What takes its place. */
  readonly wrong: string;
}

/** Bugs that the simulation must find, by name. */
export const plantedBugs: Readonly<Record<string, PlantedBug>> = {};
