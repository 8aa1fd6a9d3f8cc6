/**
 * Every error a user can meet: a stable code, the exit status (errno values where the C program
 * used them), what is wrong and where, and what to do about it. `%1` and `%2` are filled in by the
 * caller.
 */
interface Row {
  readonly exit: number;
  readonly text: string;
  /** undefined: whoever fills the text in says it there. */
  readonly remedy: string | undefined;
}

/** A fault of clsync itself. */
const AGAIN = 'start clsync again; if it comes back, report it with the log of -d4';

export const ERRORS = {
  USAGE: {
    exit: 22,
    text: '%1',
    remedy: undefined,
  },
  UNKNOWN_OPTION: {
    exit: 22,
    text: 'unknown option %1',
    remedy: '%2',
  },
  AMBIGUOUS_OPTION: {
    exit: 22,
    text: '%1 can mean %2',
    remedy: 'write more of it',
  },
  BAD_VALUE: {
    exit: 22,
    text: '%1: %2',
    remedy: 'clsync --help=all says what it takes',
  },
  NO_VALUE: {
    exit: 22,
    text: '%1 stands without a value',
    remedy: 'write %1=VALUE; clsync --help=all says what it takes',
  },
  MISSPELT_VALUE: {
    exit: 22,
    text: '%1: %2',
    remedy: 'did you mean %3?',
  },
  OPTION_CIRCLE: {
    exit: 22,
    text: 'options that need each other: %1',
    remedy: 'write the value of one of them out',
  },
  CONFLICT: {
    exit: 22,
    text: '%1: %2',
    remedy: '%3',
  },
  NOT_SUPPORTED: {
    exit: 22,
    text: '%1: not supported yet',
    remedy: 'leave it out',
  },

  CONFIG_UNREADABLE: {
    exit: 255,
    text: 'cannot read the configuration file %1: %2',
    remedy: 'name another with --config-file, or none with --config-file=/NULL/',
  },
  CONFIG_SYNTAX: {
    exit: 255,
    text: '%1: %2',
    remedy: 'mend that line; clsync.conf(5) has the form',
  },
  CONFIG_NO_BLOCK: {
    exit: 22,
    text: '%1 has no block [%2]',
    remedy: 'name another with --config-block or config-block-inherits; it has %3',
  },
  CONFIG_NO_FILE: {
    exit: 22,
    text: 'no configuration file is in use that could have a block [%1]',
    remedy: 'name one with --config-file',
  },
  CONFIG_CIRCLE: {
    exit: 22,
    text: '%1: block [%2] inherits from itself',
    remedy: 'take one of the lines config-block-inherits out',
  },
  CONFIG_UNKNOWN_KEY: {
    exit: 22,
    text: '%1',
    remedy: 'clsync.conf(5) has all keys',
  },
  BLOCK_EXISTS: {
    exit: 17,
    text: 'the configuration file %1 has a block [%2] already, and stays as it is',
    remedy: 'give the new one another name with --config-block',
  },
  UNWRITABLE_NAME: {
    exit: 22,
    text: '"%1" cannot stand in a configuration',
    remedy: 'give a name without % and line ends; that of a block has only letters, digits, . - _',
  },
  RULES_ABSENT: {
    exit: 2,
    text: 'the rules file %1 does not exist',
    remedy: 'make it, or name another with --rules-file',
  },
  RULES_UNREADABLE: {
    exit: 13,
    text: 'cannot read the rules file %1: %2',
    remedy: 'let clsync read it, or name another with --rules-file',
  },
  RULES_GONE: {
    exit: 2,
    text: 'the rules cannot be read again: %1 was handed over, not read',
    remedy: 'start clsync again, or give it a file',
  },
  RULES_TOO_LONG: {
    exit: 7,
    text: 'the rules file %1 is too long',
    remedy: 'leave out what the handler can exclude by itself',
  },
  BAD_RULE: {
    exit: 8,
    text: '%1: %2',
    remedy: 'mend that line; clsync(1) has the form under RULES',
  },

  NO_WATCH_DIR: {
    exit: 14,
    text: 'nothing to watch',
    remedy: 'give a directory with --watch-dir (-W), or two: clsync SOURCE DESTINATION',
  },
  NO_FILE_NO_WATCH_DIR: {
    exit: 14,
    text: 'nothing to watch: no configuration file is in use that could have a block [%1]',
    remedy: 'write one (clsync init SOURCE DESTINATION does), or name one with --config-file',
  },
  WATCH_DIR_GONE: {
    exit: 2,
    text: 'the watch directory %1 is gone',
    remedy: 'start clsync again once it is back',
  },
  WATCH_DIR_OTHER: {
    exit: 2,
    text: 'the watch directory %1 is not the one that was watched: %2',
    remedy: 'bring that one back, or start clsync again to take this one',
  },
  DESTINATION_GONE: {
    exit: 2,
    text: 'the destination %1 is gone',
    remedy: 'bring it back, or start clsync again with another',
  },
  DESTINATION_OTHER: {
    exit: 2,
    text: 'the destination %1 is not the one that was filled: %2',
    remedy: 'bring that one back, or fill this one with --destination-may-change',
  },
  DELETIONS_HELD: {
    exit: 75,
    text: 'deletions are held: %1',
    remedy:
      'additions and changes go on; "clsync ctl APPROVE" lets them go, and so does what was ' +
      'missing when it is back',
  },
  LISTS_DIR_GONE: {
    exit: 2,
    text: 'the lists directory %1 is gone',
    remedy: 'make it again',
  },
  LISTS_DIR_OTHER: {
    exit: 2,
    text: 'the lists directory %1 is not the one that was used: %2',
    remedy: 'bring that one back, or start clsync again to take this one',
  },
  GRANT_OTHER: {
    exit: 2,
    text: '%1: what is at %2 is not what was there at the start: %3',
    remedy: 'bring that back, or start clsync again to take what is there',
  },
  LINK_IN_PLACE: {
    exit: 20,
    text: '%1: there is a symbolic link now in the path %2, which is not followed',
    remedy: 'start clsync again if it is to be',
  },
  LINK_OF_OTHERS: {
    exit: 40,
    text: '%1: in the path %2, %3, which is not followed',
    remedy: 'name what it leads to',
  },
  UNTRUSTED: {
    exit: 1,
    text: '%1: %2 is not taken, as others could change what root runs: %3',
    remedy: 'root may take it all the same with --trust-files',
  },
  NO_MODE: {
    exit: 22,
    text: 'no mode',
    remedy: 'give one with --mode (-M), such as -Mrsyncdirect',
  },
  NO_HANDLER: {
    exit: 22,
    text: 'mode %1 needs a handler',
    remedy: 'give one with --sync-handler (-S)',
  },
  NO_DESTINATION: {
    exit: 22,
    text: 'mode %1 needs a destination',
    remedy: 'give one with --destination-dir (-D), or name it in the handler arguments',
  },
  NAMED_DESTINATION: {
    exit: 22,
    text: 'the handler arguments name %destination-dir%, which is not set',
    remedy: 'give one with --destination-dir (-D)',
  },
  PATH_ABSENT: {
    exit: 2,
    text: '%1: %2 does not exist',
    remedy: 'make it, or name another',
  },
  PATH_NOT_DIRECTORY: {
    exit: 20,
    text: '%1: %2 is not a directory',
    remedy: 'name one that is',
  },
  PATH_DENIED: {
    exit: 13,
    text: '%1: no permission for %2',
    remedy: 'let the user of clsync in, or start clsync as root',
  },
  PATH_UNUSABLE: {
    exit: 5,
    text: '%1: %2 cannot be used (%3)',
    remedy: 'mend that, or name another path',
  },
  DESTINATION_INSIDE: {
    exit: 22,
    text: '%1: %2 is or lies inside the watched directory %3, the copy would copy itself',
    remedy: 'name one elsewhere',
  },
  DESTINATION_AROUND: {
    exit: 22,
    text: '%1: %2 holds the watched directory %3, which the sync would delete',
    remedy: 'name one elsewhere',
  },
  DESTINATION_TWICE: {
    exit: 22,
    text: '--also-to: the destination %1 is given twice',
    remedy: 'leave one out',
  },
  DESTINATIONS_NESTED: {
    exit: 22,
    text: '--also-to: the destination %1 lies inside the destination %2',
    remedy: 'name one elsewhere',
  },
  DESTINATIONS_MANY: {
    exit: 22,
    text: '--also-to: more than %1 destinations',
    remedy: 'start another clsync for the others',
  },
  NOT_BY_DESTINATION: {
    exit: 22,
    text: '%1: cannot differ by destination, as --also-to [%2] would have it',
    remedy: 'leave it out, or move it to the block that all destinations share',
  },
  NO_DESTINATION_IN_BLOCK: {
    exit: 22,
    text: '--also-to: the block [%1] has no destination-dir',
    remedy: 'say there where the copy goes',
  },
  DESTINATION_REMOTE: {
    exit: 22,
    text: '%1: %2 is on another host, and mode %3 keeps a local directory',
    remedy: 'use -Mrsyncdirect',
  },
  BACKUP_ELSEWHERE: {
    exit: 22,
    text:
      '--backup-dir: %1 is not on the file system of the destination %2, and old versions ' +
      'are moved, not copied',
    remedy: 'name a directory on it',
  },
  BACKUP_PLACE: {
    exit: 22,
    text: '--backup-dir: %1 %2',
    remedy: 'name a directory of its own',
  },
  DESTINATION_ROOT: {
    exit: 22,
    text: '%1: / cannot be a destination',
    remedy: 'name a directory below it',
  },
  HANDLER_ABSENT: {
    exit: 2,
    text: '%1 is not installed',
    remedy: 'install it, or name another program with --sync-handler (-S)',
  },
  PROGRAM_ABSENT: {
    exit: 2,
    text: '%1: there is no program %2',
    remedy: 'install it, or name another',
  },
  PROGRAM_DENIED: {
    exit: 13,
    text: '%1: %2 may not be executed',
    remedy: 'make it executable (chmod +x), or name another',
  },
  FIXED_OPTION: {
    exit: 22,
    text: '--%1 cannot be changed while the daemon runs',
    remedy: 'start clsync again to change it',
  },
  PATH_OPTION: {
    exit: 1,
    text: '--%1 holds a path',
    remedy: 'only root and the user who started clsync may change it',
  },
  NO_SUCH_USER: {
    exit: 22,
    text: '%1: there is no %2 "%3"',
    remedy: 'make one, or name another',
  },

  ADDON: {
    exit: 71,
    text: 'Node.js %2 cannot load the package %1, which is compiled for one version of Node.js',
    remedy: 'run "%3", or install clsync again',
  },
  NATIVE: {
    exit: 71,
    text: 'the native parts of clsync cannot be loaded: %1',
    remedy: 'run "%2"',
  },
  PLUGIN: {
    exit: 1,
    text: 'the handler %1 cannot be used: %2',
    remedy: 'mend it, or name another with --sync-handler (-S)',
  },
  LISTS_DIRECTORY: {
    exit: 13,
    text: '--lists-dir: others than its owner may enter %1',
    remedy: 'chmod 700 it, or name another directory',
  },
  STATE_DIRECTORY: {
    exit: 13,
    text: '--state-dir: %1 must be a directory of yours that only you may enter',
    remedy: 'chown and chmod 700 it, or name another',
  },
  STATE_REACHED: {
    exit: 13,
    text: '--state-dir: handlers would reach %1, as they are shown %2',
    remedy: 'name a directory elsewhere',
  },
  IN_USE: {
    exit: 16,
    text: '%1: %2 belongs to another clsync that is running%3',
    remedy: 'end that one, or name another file',
  },
  START_DIRECTORY_GONE: {
    exit: 2,
    text: 'the directory clsync was started in is gone',
    remedy: 'change to one that exists',
  },
  NO_DIRECTORY: {
    exit: 2,
    text: '%1: cannot write %2: its directory does not exist',
    remedy: 'make it, or name another place',
  },
  CANNOT_WRITE: {
    exit: 13,
    text: '%1: cannot write %2: %3',
    remedy: 'see to it that clsync may, or name another place',
  },
  SYNC_FAILED: {
    exit: 1,
    text: 'the sync of %1 failed: %2',
    remedy: '%3',
  },
  PATHS_FAILED: {
    exit: 1,
    text: 'cannot sync %1; %2',
    remedy: undefined,
  },
  UNCHANGED: {
    exit: 1,
    text: '%1; %2',
    remedy: undefined,
  },
  GAVE_UP: {
    exit: 1,
    text: 'giving up: %1',
    remedy: 'mend what stands before this, and start clsync again',
  },
  UNWATCHED: {
    exit: 28,
    text: '%1 directories are not watched, as a rule because the limit %2 is reached',
    remedy:
      'raise it; until then they are compared every %3 s (--poll-interval), and they are watched as ' +
      'soon as that is possible',
  },
  STATE_UNWRITABLE: {
    exit: 5,
    text: '--state-dir: cannot be written (%1), and the next start syncs everything',
    remedy: 'mend that, and start clsync again',
  },
  UNCOMPARED: {
    exit: 2,
    text: 'cannot compare %1',
    remedy: 'mend that, and compare again',
  },
  PLUGIN_WORDS: {
    exit: 71,
    text: '%1 broke the protocol: %2',
    remedy: 'a plug-in must not write to descriptors that it has not opened',
  },
  NOT_EXPORTED: {
    exit: 22,
    text: 'the plug-in does not export %1',
    remedy: 'export it, or choose the mode that the plug-in is made for',
  },
  HOOK_FAILED: {
    exit: 1,
    text: 'hook %1: %2',
    remedy: 'what it printed stands before this; a hook has the rights and the view of handlers',
  },
  CANNOT_ENABLE: {
    exit: 1,
    text: 'the configuration is written, but the service %1 could not be enabled: %2',
    remedy: 'mend that, then: systemctl enable --now %1',
  },
  CANNOT_PRINT: {
    exit: 13,
    text: 'cannot write to %1: %2',
    remedy: 'send it elsewhere',
  },
  DUMP_EXISTS: {
    exit: 17,
    text: 'the dump directory %1 exists already',
    remedy: 'move it away, or name another',
  },
  DUMP_UNDERWAY: {
    exit: 16,
    text: 'a dump is being written',
    remedy: 'ask again once it is',
  },
  DUMP_INCOMPLETE: {
    exit: 70,
    text: 'the dump in %1 is not complete, as a role did not answer',
    remedy: 'ask again, or see clsync ctl status',
  },
  DUMP_TOO_LARGE: {
    exit: 27,
    text: 'the dump in %1 is not complete, as it has more than %2 bytes',
    remedy: 'see clsync ctl queue and status',
  },
  DUMP_UNREAD: {
    exit: 11,
    text: 'the dump is not complete, as its reader is too slow',
    remedy: 'have it written to a directory: clsync ctl DUMP DIRECTORY',
  },
  CONTROL: {
    exit: 1,
    text: '%1',
    remedy: undefined,
  },
  CANNOT_ASK: {
    exit: 1,
    text: 'cannot ask the daemon at %1: %2',
    remedy:
      'its user, root, and whom --socket-own and --socket-view let in may ask; clsync ctl list ' +
      'shows which daemons answer',
  },
  NOT_NOW: {
    exit: 11,
    text: '%1',
    remedy: 'ask again, or see clsync ctl status',
  },
  NO_INSTANCE: {
    exit: 1,
    text: 'no daemon listens at the control socket %1',
    remedy:
      'clsync ctl list shows those in /run/clsync; name another one with --socket PATH or ' +
      '--config-block, or start one with --socket',
  },
  CANNOT_LISTEN: {
    exit: 1,
    text: 'cannot listen at %1 (%2)',
    remedy: 'name another place with --listen, see clsync web --help',
  },
  NO_INSTANCES: {
    exit: 1,
    text: 'no daemon has a control socket in /run/clsync',
    remedy:
      'start one with --socket /run/clsync/NAME.sock, or name the socket of another with ' +
      '--socket PATH',
  },
  NO_SOCKET_IN_BLOCK: {
    exit: 22,
    text: 'the configuration block [%1] names no control socket',
    remedy: 'name it with --socket PATH; clsync ctl list shows those in /run/clsync',
  },
  NOT_FLUSHED: {
    exit: 75,
    text: '%1 not at the destination: %2',
    remedy: 'clsync ctl queue tells since when and why',
  },
  NOT_COMPARED: {
    exit: 2,
    text: 'source and destination are not compared: %1',
    remedy: 'compare two directories with clsync verify SOURCE COPY, or ask again later',
  },
  NOT_VERIFIED: {
    exit: 2,
    text: '%1',
    remedy: undefined,
  },
  NOT_LOOKED_AT: {
    exit: 2,
    text: '%1 could not be compared: %2',
    remedy: 'mend that, and ask again',
  },
  DIFFERENT: {
    exit: 1,
    text: '%1 at the destination',
    remedy: 'clsync ctl resync PATH has one synced again, clsync verify --repair makes all equal',
  },
  EVENTS_SKIPPED: {
    exit: 105,
    text: 'the kernel dropped events, and --exit-on-sync-skip is set',
    remedy: 'let more wait with: sysctl fs.inotify.max_queued_events=N',
  },
  INOTIFY_INSTANCES: {
    exit: 24,
    text: 'no more inotify instances for this user (%1)',
    remedy: 'allow more with: sysctl fs.inotify.max_user_instances=N',
  },
  FANOTIFY: {
    exit: 24,
    text: '--monitor=fanotify: the file system cannot be marked (%1)',
    remedy:
      'that takes CAP_SYS_ADMIN, as root has it outside of containers; --monitor=inotify ' +
      'takes nothing',
  },
  GIO: {
    exit: 24,
    text: '--monitor=gio: GLib cannot be used (%1)',
    remedy: 'install libglib2.0-0, or take --monitor=inotify, which needs no library',
  },
  MONITOR_NOT_BUILT: {
    exit: 24,
    text: '--monitor=%1: clsync was built without %2',
    remedy: 'install that package and build clsync again, or take --monitor=inotify',
  },
  DESCRIPTORS: {
    exit: 24,
    text: 'too few file descriptors (%1)',
    remedy: 'allow more with ulimit -n, or LimitNOFILE= of the unit',
  },
  ROLE_SILENT: {
    exit: 70,
    text: 'the %1 does not answer',
    remedy: AGAIN,
  },
  ROLE_DEAF: {
    exit: 70,
    text: 'the %1 no longer reads what the watcher sends',
    remedy: AGAIN,
  },
  PEER_BROKEN: {
    exit: 71,
    text: '%1 broke the protocol: %2',
    remedy: AGAIN,
  },
  PEER_FATAL: {
    exit: 71,
    text: '%1',
    remedy: undefined,
  },
  ROLE_DIED: {
    exit: 70,
    text: '%1 ended unexpectedly: %2',
    remedy: AGAIN,
  },
  MONITOR_DIED: {
    exit: 70,
    text: 'the monitor, which starts the roles, ended unexpectedly',
    remedy: AGAIN,
  },
  SANDBOX: {
    exit: 71,
    text: 'cannot confine the %1: %2',
    remedy: 'clsync --explain-sandbox says what is meant to hold, docs/PRIVSEP.md what each needs',
  },
  NO_CGROUP: {
    exit: 71,
    text:
      'the limits of --handler-memory, -pids, -cpu and -io, --watcher-memory and ' +
      '--forbid-devices need a control group: %1',
    remedy: 'leave them out, or start clsync by its systemd unit',
  },
  INCOMPLETE_SANDBOX: {
    exit: 71,
    text: '--secure-splitting: %1',
    remedy: 'mend that, or leave --secure-splitting out',
  },
  NO_MOUNTS: {
    exit: 1,
    text: '%1 needs the right to mount',
    remedy: 'start clsync as root, or leave the option out',
  },
  UID_CHANGE: {
    exit: 1,
    text: 'not allowed to run the %1 as %2',
    remedy: 'start clsync as root, or leave the option out',
  },
  NO_PROC: {
    exit: 2,
    text:
      '/proc is not mounted here, or shows the processes of another pid namespace, and files ' +
      'and threads are reached through it',
    remedy: 'mount -t proc proc /proc',
  },
  NO_UID: {
    exit: 71,
    text: 'no unused uid for a role in %1',
    remedy: 'choose others with --sync-handler-uid and --privileged-uid',
  },
  NO_CAPABILITY: {
    exit: 1,
    text: '--handler-capabilities: %1 is not ours to give',
    remedy: 'leave it out, or start clsync with it',
  },
  UNREADABLE_INSTALLATION: {
    exit: 13,
    text: '%1 cannot be read by the %2',
    remedy: 'install clsync where every user can read it, such as /usr/local',
  },
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof ERRORS;

/** An error meant for the user: shown as one line, without a stack. */
export class ClsyncError extends Error {
  override readonly name = 'ClsyncError';
  readonly exit: number;
  /** The message without its remedy, for where something else is done about it. */
  readonly what: string;

  constructor(
    readonly code: ErrorCode,
    ...details: readonly string[]
  ) {
    const { exit, text, remedy }: Row = ERRORS[code];
    const what = filled(text, details);
    super(remedy === undefined ? what : what + separator(text) + filled(remedy, details));
    this.what = what;
    this.exit = exit;
  }
}

function filled(text: string, details: readonly string[]): string {
  return text.replace(/%(\d)/g, (_, index: string) => details[Number(index) - 1] ?? '');
}

/** A reason that was filled in may have a colon of its own. */
function separator(text: string): string {
  return /(^|: )%\d$/.test(text) ? '; ' : ': ';
}
