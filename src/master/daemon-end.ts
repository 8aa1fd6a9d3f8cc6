/** How the daemon ends. */
import { ClsyncError, ERRORS } from '../shared/errors.js';
import type { ErrorCode } from '../shared/errors.js';
import type { CrewEnd } from './crew-terms.js';

/** The exit status of the daemon, and the message for the user when it is not 0. */
export interface DaemonEnd {
  readonly exit: number;
  readonly text: string;
}

/**
 * From the end of its last crew.
 * @param isOrdered the user has ordered it
 * @param isAlone the monitor has ended
 */
export function endOf(end: CrewEnd, isOrdered: boolean, isAlone: boolean): DaemonEnd {
  if (end.kind === 'finished')
    return {
      exit: end.exit,
      text: end.text === '' ? '' : new ClsyncError('GAVE_UP', end.text).message,
    };
  if (isOrdered) return { exit: 0, text: '' };
  if (isAlone && end.kind === 'lost') {
    const { exit, message } = new ClsyncError('MONITOR_DIED');
    return { exit, text: message };
  }
  return { exit: end.kind === 'failed' ? end.exit : end.error.exit, text: end.error.message };
}

/** The end of a crew of which a member has said that it cannot do its work. */
export function failureOf(code: string, text: string): CrewEnd {
  const { exit } = ERRORS[Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'ROLE_DIED'];
  return { kind: 'failed', error: new Error(text), exit };
}
