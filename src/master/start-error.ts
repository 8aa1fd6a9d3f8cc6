/** Errors of a start that are no mistake of ours, as the one line a user gets. */
import { codeOf } from '../shared/system-errors.js';
import { ClsyncError } from '../shared/errors.js';

/** The limit on descriptors may be met anywhere. Throws what is a mistake of ours. */
export function forUser(error: unknown): ClsyncError {
  if (error instanceof ClsyncError) return error;
  const code = codeOf(error);
  if (code === 'EMFILE' || code === 'ENFILE') return new ClsyncError('DESCRIPTORS', code);
  throw error;
}
