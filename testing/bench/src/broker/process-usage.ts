import { readFileSync } from 'node:fs';

/** Linux counts processor time in these, whatever the kernel's own clock is. */
const tickMs = 10;

/** The processor time that a process has used so far, its own and the system's for it; NaN where the system has no `/proc`. */
export function processorMs(pid: number): number {
  try {
    // The name, in parentheses, may hold anything; the fields that count come after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return Number.NaN;
  }
}

/** The resident memory of a process, in bytes; NaN where the system has no `/proc`. */
export function residentBytes(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib) * 1024;
  } catch {
    return Number.NaN;
  }
}
