/** Local and remote destinations, as rsync(1) distinguishes them. */
import type { BytePath } from './bytes.js';

/** `host:path`, `user@host:path` and `rsync://…`: a colon before the first slash. */
export function isRemote(place: BytePath): boolean {
  return /^[^-/][^/]*:/.test(place);
}

/** The place if it is on this host; else undefined. */
export function ifLocal(place: BytePath | undefined): BytePath | undefined {
  return place === undefined || isRemote(place) ? undefined : place;
}

/** `rsync://…` and `host::module`: the protocol of the rsync daemon. */
export function isOfDaemon(place: BytePath): boolean {
  return /^(?:rsync:\/\/|(?:[^/:]*@)?(?:\[[^\]]*\]|[^/:[]*)::)/i.test(place);
}

/** Seconds in which another host has to answer. */
export const CONNECT_WITHIN = 20;
