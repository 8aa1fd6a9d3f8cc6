import { EVERYWHERE, MONITOR_CHOICES, UNSUPPORTED_MONITORS } from '../../shared/monitors.js';
import { SIGNATURE_FIELDS } from '../../shared/settings.js';
import { row } from './row.js';

/** The longest delay in seconds: setTimeout of Node counts milliseconds in 31 bits. */
export const LONGEST = 2_147_483;

/** When to sync, the handling of failures, and what is watched. */
export const SYNCING = {
  'delay-collect': row({
    group: 'Timing',
    kind: 'duration',
    short: 't',
    argument: 'SECONDS',
    default: '1',
    compatDefault: '30',
    maximum: LONGEST,
    runtime: 'executor',
    byDestination: true,
    help: 'collect events this long before syncing',
    manual: 'The clock of a queue starts with its first event. 0 syncs at once.',
  }),
  'delay-collect-bigfile': row({
    group: 'Timing',
    kind: 'duration',
    short: 'T',
    argument: 'SECONDS',
    default: '60',
    compatDefault: '1800',
    maximum: LONGEST,
    runtime: 'executor',
    byDestination: true,
    help: 'the same for big files',
    manual:
      'Unless this option or --compat is given, a big file that was closed after writing waits no ' +
      'longer than others.',
  }),
  'delay-sync': row({
    group: 'Timing',
    kind: 'duration',
    short: 'w',
    argument: 'SECONDS',
    default: '1',
    compatDefault: '30',
    maximum: LONGEST,
    runtime: 'executor',
    byDestination: true,
    help: 'at least this long from one sync to the next',
  }),
  'threshold-bigfile': row({
    group: 'Timing',
    kind: 'number',
    short: 'B',
    argument: 'BYTES',
    default: '134217728',
    help: 'files larger than this are big; 0: no file is',
  }),
  settle: row({
    added: true,
    group: 'Timing',
    kind: 'duration',
    argument: 'SECONDS',
    default: '0',
    maximum: LONGEST,
    help: 'sync a file only when it has not changed this long, as an upload; 0: at once',
    manual:
      'Nothing else waits for it: a sync of the directory it is in leaves it out. ' +
      'Deletions, symbolic links and devices do not wait, and a new directory does for a second, ' +
      'so that what is begun in it is known; what is begun in a directory while it is being ' +
      'synced as a whole may go with it, and is synced again when it has settled. A rename is no change: a file has then ' +
      'waited since its content was last modified, as it has when it is found at the start; its ' +
      'old name is removed at once. The delays of the queues count from the first change, ' +
      'beside this one. Up to 32,768 files wait; further ones, and what is in a directory that is ' +
      'taken whole in place of very many changes, do not. The last sync before the end takes all. ' +
      'Handler arguments that take no exclude list get new directories with all that is in them. ' +
      'A dump names the files in settling.',
  }),
  'settle-limit': row({
    added: true,
    group: 'Timing',
    kind: 'duration',
    argument: 'SECONDS',
    default: '3600',
    maximum: LONGEST,
    help: 'sync a file that never settles this long after its first change',
    manual: 'It must not be less than --settle.',
  }),
  'timeout-sync': row({
    group: 'Timing',
    kind: 'duration',
    short: 'k',
    argument: 'SECONDS',
    default: '86400',
    maximum: LONGEST,
    runtime: 'executor',
    byDestination: true,
    help: 'end a handler that runs longer; 0: never',
    manual: 'Everything the handler started ends with it, and the sync has failed.',
  }),
  threading: row({
    group: 'Timing',
    kind: 'choice',
    short: 'p',
    argument: 'MODE',
    default: 'off',
    choices: ['off', 'safe', 'full'],
    byDestination: true,
    help: 'syncs side by side: off, safe (never one path twice at a time), full',
    manual:
      'With off, handlers are called one at a time; only rsync with arguments that are not the ' +
      "user's may run a second time beside a call that takes long, for other directories.",
  }),
  'standby-file': row({
    group: 'Timing',
    kind: 'path',
    argument: 'FILE',
    runtime: 'executor',
    help: 'hold syncs while this file exists',
    manual: 'While its file system does not answer, it is taken as not there, which the log says.',
  }),

  'skip-initialsync': row({ group: 'Initial sync and end', kind: 'flag', help: 'no initial sync' }),
  'full-initialsync': row({
    group: 'Initial sync and end',
    kind: 'flag',
    short: 'F',
    help: 'initial sync of everything, whatever the rules say',
  }),
  'only-initialsync': row({
    group: 'Initial sync and end',
    kind: 'flag',
    help: 'exit after the initial sync',
  }),
  'exit-on-no-events': row({
    group: 'Initial sync and end',
    kind: 'flag',
    help: 'exit when nothing is left to sync',
    manual: 'Changes during the initial sync are synced, too. Delays are ignored.',
  }),
  'max-iterations': row({
    group: 'Initial sync and end',
    kind: 'number',
    argument: 'COUNT',
    default: '0',
    runtime: 'executor',
    help: 'exit after this many syncs, the initial one included; 0: no limit',
  }),
  'sync-on-quit': row({
    group: 'Initial sync and end',
    kind: 'flag',
    runtime: 'executor',
    help: 'on SIGQUIT, sync what is pending before the end',
  }),

  retries: row({
    group: 'Failures',
    kind: 'number',
    short: 'r',
    argument: 'COUNT',
    default: '1',
    runtime: 'executor',
    byDestination: true,
    help: 'tries of a sync before giving up; 0: no limit',
    manual:
      'Tries are --delay-sync apart; without a limit, the delay doubles with each, ' +
      'up to a minute. Giving up ends the daemon with the exit status of the handler. ' +
      'Unless this option is given, the limit holds for the initial sync and for runs that ' +
      'end by themselves; after that, what looks like an outage ' +
      '(a handler killed by a signal or after --timeout-sync; in rsync modes 10, 12, 30, 35 ' +
      'and 255) is tried again for ever. See FAILED SYNCS below.',
  }),
  'ignore-failures': row({
    group: 'Failures',
    kind: 'flag',
    runtime: 'executor',
    byDestination: true,
    help: 'do not exit for a failed sync',
    manual: 'The paths stay pending and are tried again.',
  }),
  'ignore-exitcode': row({
    group: 'Failures',
    kind: 'codes',
    short: 'x',
    argument: 'CODE,...',
    default: '',
    runtime: 'executor',
    byDestination: true,
    help: 'exit statuses of the handler that are not failures',
    manual:
      'Repeats add up; 0 empties the list. For rsync, 23,24 is useful. In mode ' +
      'rsyncdirect 24 (a file vanished) is never a failure.',
  }),
  'exit-code-policy': row({
    added: true,
    group: 'Failures',
    kind: 'policies',
    argument: 'CODE=MEANING,...',
    default: '',
    addsUp: true,
    runtime: 'executor',
    byDestination: true,
    help: 'what exit statuses of the handler mean: done, retry or fatal',
    manual:
      'done: success. retry: tried again for ever, also in the initial sync and whatever ' +
      '--retries says. fatal: the daemon gives up at the first time. Repeats add up, of several ' +
      'meanings of one status the last counts, and an empty value empties the list. It goes ' +
      'before --ignore-exitcode. See FAILED SYNCS below for what statuses mean without it.',
  }),
  'max-delete': row({
    added: true,
    group: 'Failures',
    kind: 'share',
    argument: 'N|N%',
    runtime: 'executor',
    byDestination: true,
    help: 'hold what would delete more names than this at once',
    manual:
      'N: a number of names; N%: of all names, those to be deleted included. What one sync would ' +
      'delete counts. 100% also lets everything go where the watch directory is empty. See ' +
      'DELETIONS below.',
  }),
  'no-delete': row({
    added: true,
    group: 'Failures',
    kind: 'flag',
    byDestination: true,
    help: 'delete nothing at the destination',
    manual:
      'Where clsync says what is copied (modes rsyncdirect and mirror, without handler arguments). ' +
      'What is renamed stays under its old name, too, and a directory is not replaced by a file.',
  }),
  'require-file': row({
    added: true,
    group: 'Failures',
    kind: 'path',
    argument: 'FILE',
    runtime: 'executor',
    help: 'delete nothing while this file is not in the watch directory',
    manual: 'A path relative to the watch directory, or one in it. See DELETIONS below.',
  }),
  'destination-may-change': row({
    added: true,
    group: 'Failures',
    kind: 'flag',
    byDestination: true,
    help: 'fill a destination that has become another file system',
    manual: 'By default nothing is synced then until it is approved. See DELETIONS below.',
  }),
  'exit-on-sync-skip': row({
    group: 'Failures',
    kind: 'flag',
    aliases: ['exit-on-sync-skipping'],
    help: 'exit when the kernel lost events, instead of rescanning',
  }),

  monitor: row({
    group: 'Watching',
    kind: 'choice',
    argument: 'SUBSYSTEM',
    default: EVERYWHERE,
    choices: MONITOR_CHOICES,
    unsupportedChoices: UNSUPPORTED_MONITORS,
    help: 'kernel interface for events',
    manual: 'MONITORS says which to choose.',
  }),
  'one-file-system': row({ group: 'Watching', kind: 'flag', help: 'do not enter mount points' }),
  'allow-fuse': row({
    added: true,
    group: 'Watching',
    kind: 'flag',
    help: 'enter FUSE mounts of other users',
    manual:
      'By default those of other users than root and the one who starts clsync are left out, ' +
      'as if the rules refused them: their owner answers every system call in them, or does not.',
  }),
  'poll-interval': row({
    added: true,
    group: 'Watching',
    kind: 'duration',
    argument: 'SECONDS',
    default: '60',
    minimum: 0.1,
    maximum: 86_400,
    help: 'how often directories that cannot be watched are compared',
    manual:
      'A directory cannot be watched where the limit of watches is reached or it cannot be ' +
      'opened. File systems of the network, FUSE, and overlays (not one that the system itself runs ' +
      'from) are watched and compared, as the kernel does ' +
      'not tell what others change there. A directory is compared with what it was; in modes ' +
      'that give a handler single files, what was removed there is not noticed.',
  }),
  'recheck-interval': row({
    added: true,
    group: 'Watching',
    kind: 'duration',
    argument: 'SECONDS|hourly|daily',
    named: { hourly: 3600, daily: 86_400 },
    default: '0',
    maximum: LONGEST,
    help: 'how often all directories are compared, for changes without an event; 0: never',
    manual:
      'The kernel does not report what is written to a file that is mapped into memory while it ' +
      'stays mapped, nor what is changed below it. Such changes are found where a time (ctime) ' +
      'or size has changed. Comparing takes a tenth of the time at most, and some 20 bytes of ' +
      'memory for a directory. A directory that has changed since the last comparison is synced ' +
      'with all beneath it; in modes that give a handler single files, what was removed there is ' +
      'not noticed.',
  }),
  'exclude-mount-points': row({
    group: 'Watching',
    kind: 'flag',
    short: 'X',
    help: 'do not enter mount points, and exclude what is in them from syncs',
  }),
  'modification-signature': row({
    group: 'Watching',
    kind: 'list',
    argument: 'FIELD,...',
    default: '',
    choices: SIGNATURE_FIELDS,
    help: 'sync only objects of which one of these lstat(2) fields changed',
    manual:
      '* stands for dev,ino,mode,uid,gid,rdev,size,atime,mtime,ctime. With --state-dir, what a start ' +
      'finds as it was synced counts as seen before; else the first event of each object syncs it.',
  }),
  'two-way': row({
    added: true,
    group: 'Watching',
    kind: 'flag',
    help: 'another clsync mirrors the destination back into the watch directory',
    manual:
      'Mode rsyncdirect. To be given to both. Each sees what the other has copied as a change, and syncs it back ' +
      'while newer changes wait to be copied. With this option a file that is newer at the ' +
      'destination is not replaced there, and nothing is deleted but what was seen to be deleted: ' +
      'what only the destination has stays there in an initial sync, after a loss of events and in ' +
      'a new directory. What was deleted while a daemon did not run comes back without --state-dir. Of a file that is ' +
      'changed on both sides before it is copied, the newer one stays; where both sides are on this ' +
      'host, a warning names it, unless an editor has put a new file in its place. A name that is deleted and ' +
      'made again on one side before the first is synced may be lost, and so may a change of owner ' +
      'or mode. The clocks of two hosts must agree.',
  }),
  'cancel-syscalls': row({
    group: 'Watching',
    kind: 'list',
    argument: 'NAME,...',
    default: '',
    choices: ['mon_stat'],
    help: 'mon_stat: do not lstat(2) the object of an event',
    manual: 'No file is big then, and --modification-signature cannot be used.',
  }),
  'fts-experimental-optimization': row({
    group: 'Watching',
    kind: 'flag',
    help: 'accepted; has no effect, as in the C program',
  }),
} as const;
