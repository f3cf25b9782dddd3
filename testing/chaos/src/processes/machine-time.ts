/** This machine's monotonic clock, as every process reads it. Nanoseconds; they fit a number for a hundred days. */
export function machineNs(): number {
  return Number(process.hrtime.bigint());
}

/** The same in milliseconds. */
export function machineMs(): number {
  return machineNs() / 1e6;
}
