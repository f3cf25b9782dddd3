import { StreamBusError } from '@streambus/runtime';

/** What a process tells its caller: 0 done, 1 it could not be done, 2 it was asked for wrongly. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Why a command ended early.
 *
 * - `CLI_USAGE`: a wrong argument.
 * - `CLI_FAILED`: the broker or the machine said no.
 */
const cliErrorCodes = ['CLI_USAGE', 'CLI_FAILED'] as const;

/** One of {@link cliErrorCodes}. */
type CliErrorCode = (typeof cliErrorCodes)[number];

/** The end of a command, in one line that says what to do. */
export class CliError extends StreamBusError<CliErrorCode> {
  override readonly name = 'CliError';

  constructor(code: CliErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(code, message, options);
  }
}
