/** What is said of a directory that is not there, or is not the right one. */
import type { ClsyncError, ErrorCode } from '../../shared/errors.js';
import type { PlaceKind } from './place.js';

export const NAMES: Readonly<Record<PlaceKind, string>> = {
  source: 'watch directory',
  destination: 'destination',
  lists: 'lists directory',
};
const WAITS: Readonly<Record<PlaceKind, string>> = {
  source: 'nothing is synced until it is back',
  destination: 'everything waits until a directory is there again',
  lists: 'everything waits until a directory is there again',
};
/** What is there, and is not taken. */
const NOT_THIS_ONE: Readonly<Partial<Record<ErrorCode, string>>> = {
  WATCH_DIR_OTHER:
    'nothing is synced until the right one is back, so that the mirror is not emptied',
  DESTINATION_OTHER:
    'everything waits until the right one is back; --destination-may-change would fill this one',
  LISTS_DIR_OTHER: 'everything waits until the right one is back',
};
const TAKES_IT = 'SIGUSR2 or "clsync ctl APPROVE" takes this one';

/** @param isOneOfSeveral others are synced meanwhile */
export function consequenceOf(
  { code }: ClsyncError,
  kind: PlaceKind,
  isOneOfSeveral: boolean,
): string {
  const other = NOT_THIS_ONE[code];
  const text = other === undefined ? WAITS[kind] : `${other}; ${TAKES_IT}`;
  return isOneOfSeveral ? text.replace('everything waits', 'nothing is synced to it') : text;
}
