/** What is counted in a run. */
export interface Figures {
  /** Terms that somebody led. */
  elections: number;
  /** Lives of nodes that took part. */
  lives: number;
  /** The highest index that was committed. */
  committed: number;
  /** Operations by their end. */
  answered: number;
  unknown: number;
  rejected: number;
  /** Of those answered, reads behind a barrier. */
  barriers: number;
  /** Attempts beyond the first, in sessions. */
  repeats: number;
  sessionsOpened: number;
  snapshotsTaken: number;
  /** State machines that were replaced by a snapshot: from the own disk, or from a leader. */
  snapshotsRestored: number;
  snapshotsReceived: number;
  membershipChanges: number;
  transfersDone: number;
  /** Nodes that ended their work, or did not begin it, because of what their disk did. */
  failures: number;
}

export function emptyFigures(): Figures {
  return {
    elections: 0,
    lives: 0,
    committed: 0,
    answered: 0,
    unknown: 0,
    rejected: 0,
    barriers: 0,
    repeats: 0,
    sessionsOpened: 0,
    snapshotsTaken: 0,
    snapshotsRestored: 0,
    snapshotsReceived: 0,
    membershipChanges: 0,
    transfersDone: 0,
    failures: 0,
  };
}
