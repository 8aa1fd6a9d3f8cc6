import { row } from './row.js';

/** Lists, hooks, files the daemon writes, output and control. */
export const HANDLING = {
  'have-recursive-sync': row({
    group: 'Lists and rsync',
    kind: 'flag',
    help: 'the handler can sync a directory with all beneath it',
    manual: 'Modes direct, shell and so: whole directories are then handed over as one.',
  }),
  'synclist-simplify': row({
    group: 'Lists and rsync',
    kind: 'flag',
    help: 'mode shell: lists hold only paths',
    manual:
      'Without it every line begins with three more words: sync, the label and the event ' +
      'mask. Needs --lists-dir.',
  }),
  'lists-dir': row({
    group: 'Lists and rsync',
    kind: 'path',
    short: 'L',
    argument: 'DIR',
    byDestination: true,
    help: 'directory for list files',
    manual:
      'Only its owner may have access to it. It is created when missing, and then removed at ' +
      'the end. Of several destinations that name no other each has its own: DIR.2 is that of the second.',
  }),
  'dont-unlink-lists': row({
    group: 'Lists and rsync',
    kind: 'flag',
    short: 'U',
    runtime: 'executor',
    help: 'keep list files',
  }),
  'rsync-inclimit': row({
    group: 'Lists and rsync',
    kind: 'number',
    argument: 'LINES',
    default: '20000',
    runtime: 'executor',
    byDestination: true,
    help: 'split include lists at about this many lines; 0: never',
  }),
  'keep-connection': row({
    added: true,
    group: 'Lists and rsync',
    kind: 'flag',
    argument: '0|1',
    default: '1',
    byDestination: true,
    help: 'keep one ssh connection to the destination open between syncs',
    manual:
      'Modes with rsync and its default arguments, and a destination host:path. The connection is ' +
      'made after the first sync and again when it has ended; a sync that finds none connects by ' +
      'itself. Options of ssh that share connections (in RSYNC_RSH) take precedence. ' +
      '--keep-connection=0: each sync connects. With --secure-splitting none is kept unless the ' +
      'option is given: handlers may make Unix sockets then, see SECURITY.',
  }),
  'rsync-option': row({
    added: true,
    group: 'Lists and rsync',
    kind: 'words',
    argument: 'OPTION',
    default: '',
    byDestination: true,
    help: 'a further option for rsync, such as --bwlimit=1m; may be repeated',
    manual:
      'Mode rsyncdirect with its own arguments, to which it is added: no handler arguments, and not ' +
      '--compat. Write --rsync-option=--bwlimit=1m. Repeats add up, an empty one removes those before.',
  }),
  'rsync-prefer-include': row({
    group: 'Lists and rsync',
    kind: 'flag',
    help: 'list every object instead of directories and exclusions',
  }),

  'pre-exit-hook': row({
    group: 'Hooks and files',
    kind: 'path',
    argument: 'PROGRAM',
    help: 'run before the last sync, with the label as argument',
    manual: 'When it fails, changes are still synced, and the daemon ends with its status.',
  }),
  'exit-hook': row({
    group: 'Hooks and files',
    kind: 'path',
    argument: 'PROGRAM',
    help: 'run at the end, with the label as argument',
    manual:
      'Skipped when the initial sync was not completed. CLSYNC_EXIT_STATUS in its ' +
      'environment is the status that the daemon ends with: 0, or else the status of the last ' +
      'sync or of the pre-exit hook that failed. If the exit hook fails, so does clsync, ' +
      'unless it was told to end at once.',
  }),
  'sync-hook': row({
    added: true,
    group: 'Hooks and files',
    kind: 'path',
    argument: 'PROGRAM',
    byDestination: true,
    help: 'run after each sync, with the paths on its standard input',
    manual:
      'Its argument is the label. Standard input: the paths, relative to the watch directory (. is ' +
      'that itself), each with a NUL byte behind it. In its environment: CLSYNC_STATUS, ' +
      'CLSYNC_SYNCED (how many paths), CLSYNC_FAILING (how many wait after a failure) and ' +
      'CLSYNC_INITIAL (1 in the initial sync). Where the initial sync had nothing to do, it is ' +
      'called once without paths. Syncs go on while it runs, and what was synced meanwhile comes ' +
      'with the next call. It runs where handlers do; when it fails, that is logged.',
  }),
  'failure-hook': row({
    added: true,
    group: 'Hooks and files',
    kind: 'path',
    argument: 'PROGRAM',
    byDestination: true,
    help: 'run when syncs begin to fail, and when nothing fails any more',
    manual:
      'Its argument is the label. CLSYNC_HEALTH in its environment is failing or recovered, ' +
      'CLSYNC_FAILURE says what failed last, CLSYNC_FAILING how many paths wait after a failure.',
  }),
  'pid-file': row({
    group: 'Hooks and files',
    kind: 'path',
    short: 'z',
    argument: 'FILE',
    help: 'write the process id to this file',
    manual:
      'The daemon holds a lock on it (fcntl(2)) as long as it runs: another daemon with the ' +
      'same pid or status file does not start. If one of these files or the control socket ' +
      'is removed, it is made again; where its directory was removed, too, once that is back.',
  }),
  'status-file': row({
    group: 'Hooks and files',
    kind: 'path',
    argument: 'FILE',
    help: 'keep the state of the daemon in this file',
    manual:
      'States: starting, initsync, running, synchandler error, rehashing, thread gc, hold on ' +
      '(for a pause, --standby-file, or because the watch directory, the destination or the lists ' +
      'directory is not there), deletions held (see DELETIONS), preexit, terminating, exiting. A handler or hook finds in ' +
      'it the status that it was started for. There is no final newline.',
  }),
  'metrics-file': row({
    added: true,
    group: 'Hooks and files',
    kind: 'path',
    argument: 'FILE',
    help: "keep the figures of the daemon in this file, for Prometheus's node_exporter",
    manual:
      "The name ends in .prom, in the directory of node_exporter's textfile collector. It is replaced as " +
      'a whole at most every 2 seconds, when something has changed, and once a minute otherwise. Each ' +
      'daemon needs a file and a --label of its own. It is removed at the end.',
  }),
  'state-dir': row({
    added: true,
    group: 'Hooks and files',
    kind: 'path',
    argument: 'DIR',
    help: 'remember in this directory what was synced: the next start syncs what has changed',
    manual:
      'A start after a clean end, a crash or a power cut compares the watch directory with what was ' +
      'synced (type, inode, owner, mode, size, times of change and modification) and hands over what ' +
      'was made, changed, renamed or deleted meanwhile, and what was pending; a sync that was cut ' +
      'short is repeated. What others change at the destination is not seen: clsync ctl RESYNC syncs ' +
      'everything. With --skip-initialsync the first start takes the tree as synced. Reading other ' +
      'rules while running makes the next start sync everything. ' +
      'Of several destinations (--also-to) each gets what it has missed. ' +
      'Only the user who starts the daemon may enter it (mode 700); it is made when missing, and ' +
      'must lie where handlers see nothing. One daemon uses it at a time. What was made for ' +
      'another source, destination, mode, handler or rules, or by another version of clsync, and ' +
      'what is damaged, is set aside there (*.aside), and a warning says so.',
  }),
  'dump-dir': row({
    group: 'Hooks and files',
    kind: 'path',
    argument: 'DIR',
    default: '/tmp/clsync-dump-%label%',
    runtime: 'master',
    help: 'where signal 29 writes the inner state',
    manual: 'The directory must not exist yet; it is created with mode 0700.',
  }),

  output: row({
    group: 'Output',
    kind: 'choice',
    short: 'Y',
    argument: 'WHERE',
    default: 'stderr',
    choices: ['stderr', 'stdout', 'syslog'],
    runtime: 'master',
    help: 'where messages go: stderr, stdout, syslog',
    manual:
      'A line has time, label (or clsync) and level, where it does not go to a terminal, the journal ' +
      'or syslog. The daemon does not wait for the reader: what exceeds a megabyte of unread messages is ' +
      'lost, and a message says how much that was.',
  }),
  'log-file': row({
    added: true,
    group: 'Output',
    kind: 'path',
    argument: 'FILE',
    help: 'append messages, and what handlers print, to this file',
    manual:
      'In place of --output. It is made with mode 640 where it is missing, and opened again at ' +
      'signal 1, so that logrotate(8) can move it away. What ends the start is written to stderr, too.',
  }),
  debug: row({
    group: 'Output',
    kind: 'counter',
    short: 'd',
    argument: 'LEVEL',
    default: '0',
    runtime: 'master',
    help: 'show more; up to -d5, or -d -d',
    manual:
      '1: the commands that are run; 2: what was decided, and why; 3: events; 4: messages between ' +
      'the processes; 5: what the monitor is asked for. Each shows what those before it do.',
  }),
  verbose: row({
    group: 'Output',
    kind: 'counter',
    short: 'v',
    default: '0',
    runtime: 'master',
    help: 'write news, not only warnings, where stderr or stdout is a pipe or file, too',
    manual: 'Terminals, syslog, the journal and --log-file get them anyway.',
  }),
  quiet: row({
    group: 'Output',
    kind: 'flag',
    short: 'q',
    runtime: 'master',
    help: 'write no messages but why it has ended, if something is wrong',
  }),

  socket: row({
    group: 'Control',
    kind: 'path',
    short: 's',
    argument: 'PATH',
    help: 'control socket',
    manual: 'See CONTROL SOCKET.',
  }),
  'socket-own': row({
    group: 'Control',
    kind: 'text',
    argument: 'USER[:GROUP]',
    help: 'owner of the control socket',
    manual:
      'Besides root and the user who started the daemon, this user may connect and give all ' +
      'commands, except that only those two may name paths to the daemon (SET of an option that ' +
      'holds one). Members of the group may look and steer, see CONTROL SOCKET.',
  }),
  'socket-mod': row({
    group: 'Control',
    kind: 'octal',
    argument: 'MODE',
    help: 'file mode of the control socket (default 600)',
    manual: 'Where it lets every user connect, others may only look: STATUS, VERSION, INFO, QUIT.',
  }),
  'socket-view': row({
    added: true,
    group: 'Control',
    kind: 'text',
    argument: 'GROUP',
    help: 'members of this group may look over the control socket, and no more',
    manual:
      'They may give STATUS, QUEUE, EVENTS, VERSION, INFO and QUIT, whatever --socket-own and ' +
      '--socket-mod say of them, unless they are the user of --socket-own: for clsync web, and ' +
      'monitoring. Without a group of --socket-own the socket belongs to this one, and without ' +
      '--socket-mod its mode is 660.',
  }),
  'socket-auth': row({
    group: 'Control',
    kind: 'text',
    argument: 'METHOD',
    unsupported: true,
    help: 'authentication on the control socket',
  }),
} as const;
