/** How many calls the search for the entries that fail may take in one sync. */
import type { Failure } from '../modes/failure.js';

/** Then all entries that are not yet synced are set apart. */
const MOST = 64;
/** A call that takes long counts as this many. */
const LONG = 16;

export class SearchCalls {
  private spent = 0;

  get areSpent(): boolean {
    return this.spent >= MOST;
  }

  /** To be called after each call. @param failure undefined: it succeeded */
  count(failure?: Failure): void {
    this.spent += failure !== undefined && takesLong(failure) ? LONG : 1;
  }
}

/** It filled the destination first, or was waited for in vain. */
function takesLong({ full, ending }: Failure): boolean {
  return full === true || ending.kind === 'timedOut' || ending.kind === 'stuck';
}
