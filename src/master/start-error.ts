/** Turns errors of a start that are not bugs into one line for the user. */
import { codeOf } from '../shared/system-errors.js';
import { ClsyncError } from '../shared/errors.js';

/**
 * EMFILE may occur at any step of a start, so it is translated here. Throws errors that are bugs
 * again.
 */
export function forUser(error: unknown): ClsyncError {
  if (error instanceof ClsyncError) return error;
  const code = codeOf(error);
  if (code === 'EMFILE' || code === 'ENFILE') return new ClsyncError('DESCRIPTORS', code);
  throw error;
}
