/** How the daemon ends. */
import { ClsyncError } from '../shared/errors.js';
import type { CrewEnd } from './crew.js';

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
