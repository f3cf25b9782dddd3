/** One may be away for maintenance while another is lost. */
const usualCopies = 3;

/** How many copies are kept in a cluster of so many brokers where nobody says: one on each, up to 3. */
export function usualReplicationFactor(brokers: number): number {
  return Math.min(brokers, usualCopies);
}
