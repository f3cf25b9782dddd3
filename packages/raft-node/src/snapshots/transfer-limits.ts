/** How much of a snapshot is one message. */
export const pieceBytes: number = 256 * 1024;

/** How much of a snapshot may be under way: sent and not yet written by the receiver, whose disk may be the slowest part of the way. */
export const windowBytes: number = 4 * 1024 * 1024;

/** A transfer in which nothing moves for so many election time-outs has failed. */
export const timeoutElectionTimeouts = 5;

/** After a refusal a follower is offered nothing for so many election time-outs. */
export const retryElectionTimeouts = 1;

/** A follower that was interrupted has so many election time-outs to come back before the snapshot that it received may be replaced. */
export const patienceElectionTimeouts = 30;
