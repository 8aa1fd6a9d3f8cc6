/** Pieces of news: what the ledger computes the daemon's state from. */
import type { Message } from '../shared/messages.js';
import type { Level } from '../shared/report.js';
import type { DaemonStatus } from '../shared/settings.js';
import type { Member } from './sandbox/roles.js';
import type { Instance } from './state.js';

/** The content of a piece of news. `member`: the member of the crew it comes from. */
export type Happening =
  | { readonly kind: 'configured'; readonly instance: Instance }
  | { readonly kind: 'roleStarted'; readonly member: Member; readonly pid: number }
  | { readonly kind: 'roleEnded'; readonly member: Member }
  /** A message of a role. `watching` is announced only once every role is up. */
  | { readonly kind: 'message'; readonly member: Member; readonly message: Message }
  /** The new rules are in force: the watcher reports it, or no watcher runs. */
  | { readonly kind: 'rulesDone' }
  /** All roles have ended; they are started again after `pause` milliseconds. */
  | { readonly kind: 'restarting'; readonly reason: string; readonly pause: number }
  /** One executor of several does not run, for this reason; the others go on. */
  | {
      readonly kind: 'away';
      readonly member: Member;
      readonly reason: string;
      /** Milliseconds until it is started again; missing: once what it waits for is there. */
      readonly pause?: number;
    }
  /** A part of the ground is missing: syncing pauses until it is back. */
  | { readonly kind: 'holding' }
  /** The user orders the rules file to be read again. */
  | { readonly kind: 'rehashing' }
  /** The user orders memory to be freed (signal 10). The runtime does this by itself. */
  | { readonly kind: 'tidying' }
  | { readonly kind: 'tidied'; readonly before: DaemonStatus }
  | { readonly kind: 'stopping' }
  /** The user has syncing paused, or resumed. */
  | { readonly kind: 'paused'; readonly isPaused: boolean }
  /** Its filter has refused a process a system call, by its number. */
  | {
      readonly kind: 'refused';
      readonly role: 'master' | 'clerk';
      readonly call: number;
      readonly count: number;
      readonly pid: number;
    }
  /** A message of the master for the log. */
  | { readonly kind: 'record'; readonly level: Level; readonly text: string };
export type News = Happening & { readonly at: number };
