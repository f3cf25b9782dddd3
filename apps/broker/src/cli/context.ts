import type { Readable, Writable } from 'node:stream';
import type { Clock, Disk } from '@streambus/runtime';

/** Text that a command writes to, and whether people watch it. */
type TextOutput = Writable & { readonly isTTY?: boolean };

/** What a command takes from its process. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly clock: Clock;
  readonly disk: Disk;
  /** When the process began, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** The version in package.json. */
  version(): string;
  /**
   * Aborted by the first SIGINT or SIGTERM, with the signal's name as its reason; the second ends the process at once. Until
   * it is first asked for, a signal ends the process as usual.
   */
  stopSignal(): AbortSignal;
  /** Hears of an error that nobody caught, and that ends the process. */
  onUncaught(callback: (error: Error) => void): void;
  /** Called last of all, however the process ends. */
  onExit(callback: () => void): void;
  /** Keeps what was compiled so far for the next start, should this process be killed. */
  saveCompiledCode(): void;
}
