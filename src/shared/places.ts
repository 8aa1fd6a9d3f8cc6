/** Places to copy to, as rsync(1) tells them apart. */
import type { BytePath } from './bytes.js';

/** `host:path`, `user@host:path` and `rsync://…`: a colon before the first slash. */
export function isRemote(place: BytePath): boolean {
  return /^[^-/][^/]*:/.test(place);
}

/** The place if it is a directory of this host. */
export function ifLocal(place: BytePath | undefined): BytePath | undefined {
  return place === undefined || isRemote(place) ? undefined : place;
}
