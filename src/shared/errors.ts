/**
 * Every error a user can meet: a stable code, the exit status (errno values where the C program used them), and a line that says what,
 * where and what to do. `%1` and `%2` are filled in by the caller.
 */
export const ERRORS = {
  USAGE: { exit: 22, text: '%1' },
  NOT_SUPPORTED: { exit: 22, text: '%1: not supported yet' },
  PEER_BROKEN: { exit: 71, text: '%1 broke the protocol: %2' },
  ROLE_DIED: { exit: 70, text: '%1 ended unexpectedly: %2' },
  SANDBOX: { exit: 71, text: 'cannot confine the %1: %2' },
} as const satisfies Record<string, { readonly exit: number; readonly text: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error meant for the user: shown as one line, without a stack. */
export class ClsyncError extends Error {
  override readonly name = 'ClsyncError';
  readonly exit: number;

  constructor(
    readonly code: ErrorCode,
    ...details: readonly string[]
  ) {
    super(ERRORS[code].text.replace(/%(\d)/g, (_, index: string) => details[Number(index) - 1] ?? ''));
    this.exit = ERRORS[code].exit;
  }
}
