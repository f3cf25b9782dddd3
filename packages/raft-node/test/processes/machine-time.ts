/** This machine's monotonic clock, as every process reads it. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
