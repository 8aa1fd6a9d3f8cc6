/**
 * Every error a user can meet: a stable code, the exit status (errno values where the C program
 * used them), and a line that says what, where and what to do. `%1` and `%2` are filled in by the
 * caller.
 */
export const ERRORS = {
  USAGE: { exit: 22, text: '%1' },
  UNKNOWN_OPTION: { exit: 22, text: 'unknown option %1: %2' },
  AMBIGUOUS_OPTION: { exit: 22, text: '%1 can mean %2: write more of it' },
  BAD_VALUE: { exit: 22, text: '%1: %2' },
  OPTION_CIRCLE: { exit: 22, text: 'options that need each other: %1' },
  CONFLICT: { exit: 22, text: '%1: %2' },
  NOT_SUPPORTED: { exit: 22, text: '%1: not supported yet' },

  CONFIG_UNREADABLE: { exit: 255, text: 'cannot read the configuration file %1: %2' },
  CONFIG_SYNTAX: { exit: 255, text: '%1: %2' },
  CONFIG_NO_BLOCK: { exit: 22, text: '%1 has no block [%2]: see --config-block' },
  CONFIG_NO_FILE: {
    exit: 22,
    text: 'no configuration file is in use that could have a block [%1]',
  },
  CONFIG_CIRCLE: { exit: 22, text: '%1: block [%2] inherits from itself' },
  CONFIG_UNKNOWN_KEY: { exit: 22, text: '%1' },
  RULES_ABSENT: { exit: 2, text: 'the rules file %1 does not exist: see --rules-file' },
  RULES_UNREADABLE: { exit: 13, text: 'cannot read the rules file %1: %2' },
  RULES_GONE: { exit: 2, text: 'the rules cannot be read again: %1 was handed over, not read' },
  RULES_TOO_LONG: {
    exit: 7,
    text: 'the rules file %1 is too long: leave out what the handler can exclude by itself',
  },
  BAD_RULE: { exit: 8, text: '%1: %2' },

  NO_WATCH_DIR: { exit: 14, text: 'nothing to watch: give a directory with --watch-dir (-W)' },
  WATCH_DIR_GONE: { exit: 2, text: 'the watch directory %1 is gone' },
  WATCH_DIR_OTHER: { exit: 2, text: 'the watch directory %1 is not the one that was watched: %2' },
  DESTINATION_GONE: { exit: 2, text: 'the destination %1 is gone' },
  DESTINATION_OTHER: {
    exit: 2,
    text: 'the destination %1 is not the one that was filled: %2',
  },
  DELETIONS_HELD: {
    exit: 75,
    text:
      'deletions are held: %1; additions and changes go on; "clsync ctl APPROVE" lets them go, ' +
      'and so does what was missing when it is back',
  },
  LISTS_DIR_GONE: { exit: 2, text: 'the lists directory %1 is gone' },
  LISTS_DIR_OTHER: { exit: 2, text: 'the lists directory %1 is not the one that was used: %2' },
  GRANT_OTHER: {
    exit: 2,
    text: '%1: what is at %2 is not what was there at the start: %3',
  },
  LINK_IN_PLACE: {
    exit: 20,
    text:
      '%1: there is a symbolic link now in the path %2, which is not followed: start ' +
      'clsync again if it is to be',
  },
  LINK_OF_OTHERS: {
    exit: 40,
    text: '%1: in the path %2, %3, which is not followed: name what it leads to',
  },
  UNTRUSTED: {
    exit: 1,
    text:
      '%1: %2 is not taken, as others could change what root runs: %3; root may take it all ' +
      'the same with --trust-files',
  },
  NO_MODE: { exit: 22, text: 'no mode: give one with --mode (-M), such as -Mrsyncdirect' },
  NO_HANDLER: { exit: 22, text: 'mode %1 needs a handler: give one with --sync-handler (-S)' },
  NO_DESTINATION: {
    exit: 22,
    text:
      'mode %1 needs a destination: give one with --destination-dir (-D), or name it in ' +
      'the handler arguments',
  },
  NAMED_DESTINATION: {
    exit: 22,
    text:
      'the handler arguments name %destination-dir%, which is not set: give one with ' +
      '--destination-dir (-D)',
  },
  PATH_ABSENT: { exit: 2, text: '%1: %2 does not exist' },
  PATH_NOT_DIRECTORY: { exit: 20, text: '%1: %2 is not a directory' },
  PATH_DENIED: { exit: 13, text: '%1: no permission for %2 (%3)' },
  PATH_UNUSABLE: { exit: 5, text: '%1: %2 cannot be used (%3)' },
  DESTINATION_INSIDE: {
    exit: 22,
    text: '--destination-dir: %1 lies inside the watched directory %2, the copy would copy itself',
  },
  DESTINATION_AROUND: {
    exit: 22,
    text: '--destination-dir: %1 holds the watched directory %2, which the sync would delete',
  },
  DESTINATION_REMOTE: {
    exit: 22,
    text:
      '--destination-dir: %1 is on another host, and mode %2 keeps a local directory: use ' +
      '-Mrsyncdirect',
  },
  BACKUP_ELSEWHERE: {
    exit: 22,
    text:
      '--backup-dir: %1 is not on the file system of the destination %2: old versions are moved, ' +
      'not copied',
  },
  BACKUP_PLACE: {
    exit: 22,
    text: '--backup-dir: %1 %2: name a directory of its own',
  },
  DESTINATION_ROOT: { exit: 22, text: '--destination-dir: / cannot be a destination' },
  HANDLER_ABSENT: {
    exit: 2,
    text: '%1 is not installed: install it, or name another program with --sync-handler (-S)',
  },
  PROGRAM_ABSENT: { exit: 2, text: '%1: there is no program %2' },
  PROGRAM_DENIED: { exit: 13, text: '%1: %2 may not be executed (chmod +x?)' },
  FIXED_OPTION: { exit: 22, text: '--%1 cannot be changed while the daemon runs' },
  PATH_OPTION: {
    exit: 1,
    text: '--%1 holds a path, which only root and the user who started clsync may change',
  },
  NO_SUCH_USER: { exit: 22, text: '%1: there is no %2 "%3"' },

  ADDON: {
    exit: 71,
    text:
      'Node.js %2 cannot load the package %1, which is compiled for one version of ' +
      'Node.js: run "%3", or install clsync again',
  },
  PLUGIN: { exit: 1, text: 'the handler %1 cannot be used: %2' },
  LISTS_DIRECTORY: {
    exit: 13,
    text: '--lists-dir: %1 must be a directory that only its owner may enter (chmod 700)',
  },
  STATE_DIRECTORY: {
    exit: 13,
    text: '--state-dir: %1 must be a directory of yours that only you may enter (chmod 700)',
  },
  STATE_REACHED: {
    exit: 13,
    text: '--state-dir: handlers would reach %1, as they are shown %2: name a directory elsewhere',
  },
  IN_USE: {
    exit: 16,
    text: '%1: %2 belongs to another clsync that is running%3: end that one, or name another file',
  },
  START_DIRECTORY_GONE: {
    exit: 2,
    text: 'the directory clsync was started in is gone: change to one that exists',
  },
  CANNOT_WRITE: { exit: 13, text: '%1: cannot write %2: %3' },
  DUMP_EXISTS: {
    exit: 17,
    text: 'the dump directory %1 exists already: remove it, or name another with --dump-dir',
  },
  DUMP_UNDERWAY: { exit: 16, text: 'a dump is being written' },
  DUMP_INCOMPLETE: { exit: 70, text: 'the dump in %1 is not complete: a role did not answer' },
  DUMP_TOO_LARGE: { exit: 27, text: 'the dump in %1 is not complete: it has more than %2 bytes' },
  DUMP_UNREAD: { exit: 11, text: 'the dump is not complete: its reader is too slow' },
  CONTROL: { exit: 1, text: '%1' },
  NOT_NOW: { exit: 11, text: '%1: ask again, or see clsync ctl status' },
  NO_INSTANCE: {
    exit: 1,
    text:
      'no daemon listens at the control socket %1: clsync ctl list shows those in /run/clsync; name ' +
      'another one with --socket PATH or --config-block, or start one with --socket',
  },
  CANNOT_LISTEN: {
    exit: 1,
    text: 'cannot listen at %1 (%2): name another place with --listen, see clsync web --help',
  },
  NOT_FLUSHED: { exit: 75, text: '%1 paths are not at the destination: %2' },
  EVENTS_SKIPPED: {
    exit: 105,
    text:
      'the kernel dropped events (fs.inotify.max_queued_events), and --exit-on-sync-skip ' +
      'is set',
  },
  INOTIFY_INSTANCES: {
    exit: 24,
    text:
      'no more inotify instances for this user (%1): allow more with: sysctl ' +
      'fs.inotify.max_user_instances=N',
  },
  FANOTIFY: {
    exit: 24,
    text:
      '--monitor=fanotify: the file system cannot be marked (%1): that takes CAP_SYS_ADMIN, as ' +
      'root has it outside of containers; --monitor=inotify takes nothing',
  },
  DESCRIPTORS: {
    exit: 24,
    text: 'too few file descriptors (%1): allow more with ulimit -n, or LimitNOFILE= of the unit',
  },
  ROLE_SILENT: { exit: 70, text: 'the %1 does not answer' },
  PEER_BROKEN: { exit: 71, text: '%1 broke the protocol: %2' },
  PEER_FATAL: { exit: 71, text: '%1' },
  ROLE_DIED: { exit: 70, text: '%1 ended unexpectedly: %2' },
  MONITOR_DIED: { exit: 70, text: 'the monitor, which starts the roles, ended unexpectedly' },
  SANDBOX: { exit: 71, text: 'cannot confine the %1: %2' },
  NO_CGROUP: {
    exit: 71,
    text:
      'the limits of --handler-memory, -pids, -cpu and -io, --watcher-memory and --forbid-devices need a ' +
      'control group: %1',
  },
  INCOMPLETE_SANDBOX: { exit: 71, text: '--secure-splitting: %1' },
  NO_MOUNTS: {
    exit: 1,
    text: '%1 needs the right to mount: start clsync as root, or leave the option out',
  },
  UID_CHANGE: {
    exit: 1,
    text: 'not allowed to run the %1 as %2: start clsync as root, or leave the option out',
  },
  NO_PROC: {
    exit: 2,
    text:
      '/proc is not mounted here, or shows the processes of another pid namespace, and ' +
      'files and threads are reached through it: mount -t proc proc /proc',
  },
  NO_UID: {
    exit: 71,
    text:
      'no unused uid for a role in %1: choose others with --sync-handler-uid and ' +
      '--privileged-uid',
  },
  NO_CAPABILITY: { exit: 1, text: '--handler-capabilities: %1 is not ours to give' },
  UNREADABLE_INSTALLATION: {
    exit: 13,
    text:
      '%1 cannot be read by the %2: install clsync where every user can read it, such as ' +
      '/usr/local',
  },
} as const satisfies Record<string, { readonly exit: number; readonly text: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error meant for the user: shown as one line, without a stack. */
export class ClsyncError extends Error {
  override readonly name = 'ClsyncError';
  readonly exit: number;

  constructor(
    readonly code: ErrorCode,
    ...details: readonly string[]
  ) {
    super(
      ERRORS[code].text.replace(/%(\d)/g, (_, index: string) => details[Number(index) - 1] ?? ''),
    );
    this.exit = ERRORS[code].exit;
  }
}
