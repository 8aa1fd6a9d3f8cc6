import { row } from './row.js';

/** Of what handlers may do: unless it is said, the mode and the mounts decide. */
const WHETHER = {
  added: true,
  group: 'Handler sandbox',
  kind: 'choice',
  argument: 'WHETHER',
  default: 'auto',
  choices: ['auto', 'yes', 'no'],
} as const;

/** Identities, sandbox and clustering. */
export const CONFINEMENT = {
  compat: row({
    added: true,
    group: 'Handler sandbox',
    kind: 'flag',
    help: "handlers get the starter's ids, environment and view of the host, as in the C program",
    manual:
      'If --privileged-uid and -gid are given, handlers get those ids; a user other than the ' +
      'starter gets no capabilities. Handlers still get no supplementary groups and no ' +
      'inherited descriptors, and do not outlive the daemon.',
  }),
  'handler-capabilities': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'list',
    argument: 'CAP,...',
    addsUp: true,
    help: 'capabilities of handlers, or the word none',
    manual:
      'Repeats add up; none removes those given before. Started by root, the default is what a ' +
      'faithful mirror needs: CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, MKNOD.',
  }),
  'handler-allow': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'list',
    argument: 'PATH[:rw|:rwx|:socket],...',
    addsUp: true,
    help: 'further paths handlers may read, with :rw write, with :rwx write and execute from',
    manual:
      'The paths must exist. Repeats add up; an empty list removes those given before. With ' +
      ':socket handlers may connect to the Unix socket PATH, or to those in the directory PATH ' +
      '(which sees a service make its socket anew); without it, they have no Unix sockets but ' +
      'connected pairs of their own. Before Linux 7.1 they then reach those in the watch ' +
      'directory and the destination, too.',
  }),
  'handler-view': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'choice',
    argument: 'VIEW',
    default: 'strict',
    choices: ['strict', 'host'],
    help: 'part of the file system that handlers see: strict or host',
    manual:
      'With host, they also see the processes of the host, and can signal those that their ids ' +
      'allow, except the daemon itself. All that is not granted is read-only, the temporary ' +
      'directory too.',
  }),
  'mirror-setid': row({
    ...WHETHER,
    help: 'whether handlers may set set-user-ID and set-group-ID bits: auto, yes or no',
    manual:
      'With no, neither files nor directories get them, by no system call; rsync, where clsync ' +
      'chooses its arguments, leaves them out. auto is no where root starts clsync to mirror into a ' +
      'local directory with such arguments and all of the watch directory is mounted nosuid, else yes.',
  }),
  'mirror-devices': row({
    ...WHETHER,
    help: 'whether handlers may make devices: auto, yes or no',
    manual: 'As --mirror-setid, where the watch directory is mounted nodev.',
  }),
  'follow-symlinks': row({
    ...WHETHER,
    help: 'whether symbolic links in both directories lead handlers anywhere: auto, yes or no',
    manual:
      'With no, what is in the watch directory and the destination is reached by its own path only, ' +
      'and a symbolic link there can be read and copied, but what follows it gets ELOOP: so whoever ' +
      'puts links in the way of a handler gains nothing. auto is no in modes mirror and rsyncdirect, ' +
      'unless rsync is given -L, -k, -K or --copy-unsafe-links, and yes in others. It needs ' +
      'namespaces, and has no effect with --compat, on directories of programs (/usr), nor on what the ' +
      'host mounts later.',
  }),
  'handler-network': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'flag',
    help: 'give handlers the network even if the sync is local',
  }),
  'handler-jit': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'flag',
    help: 'handlers may compile while they run, as Node, Java and .NET do',
    manual:
      'Without it, no memory that a handler has written becomes executable; handlers that ' +
      'are modules are interpreted by Node.',
  }),
  'handler-env': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'list',
    argument: 'NAME,...',
    default: '',
    addsUp: true,
    help: 'further environment variables for handlers',
    manual:
      'Repeats add up; an empty list removes those given before. They always get PATH HOME LANG ' +
      'LC_* TZ TMPDIR USER LOGNAME TERM RSYNC_* SSH_AUTH_SOCK and CLSYNC_*.',
  }),
  'handler-memory': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'memory',
    argument: 'BYTES',
    default: 'auto',
    help: 'memory of the executor and all handlers together; K, M, G allowed; none: no limit',
    manual:
      'auto, the default: three quarters of the memory of the machine, at least 1G, where control ' +
      'groups of version 2 are delegated (as by the units), and no limit elsewhere. What is beyond ' +
      'it is ended by the kernel, which is said; a handler that was ended so is tried again as ' +
      'after any signal.',
  }),
  'watcher-memory': row({
    added: true,
    group: 'Privileges',
    kind: 'memory',
    argument: 'BYTES',
    default: 'auto',
    help: 'memory of the watcher; K, M, G allowed; none: no limit',
    manual:
      'auto, the default: a quarter of the memory of the machine, at least 512M, where control ' +
      'groups of version 2 are delegated, and no limit elsewhere. A watcher that needs more is ' +
      'ended by the kernel, which is said, and started again; the tree is walked again.',
  }),
  'handler-pids': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'number',
    argument: 'COUNT',
    default: '0',
    help: 'processes of the executor and all handlers together, 24 or more; 0: 1024',
    manual: 'Threads count, of which the executor itself has more than ten.',
  }),
  'handler-cpu': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'decimal',
    argument: 'PROCESSORS',
    default: '0',
    help: 'processors of all handlers together, such as 0.5; 0: no limit',
  }),
  'handler-io': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'size',
    argument: 'BYTES',
    default: '0',
    help: 'bytes a second handlers may read, and write; K, M, G allowed; 0: no limit',
  }),
  'detach-network': row({
    group: 'Handler sandbox',
    kind: 'choice',
    argument: 'WHICH',
    default: 'non-privileged',
    choices: ['off', 'non-privileged', 'everywhere'],
    help: 'who loses the network: off, non-privileged (handlers of a local mirror, too), everywhere',
  }),
  'detach-ipc': row({
    group: 'Handler sandbox',
    kind: 'flag',
    argument: '0|1',
    default: '1',
    help: 'System V and POSIX message queues of its own',
  }),
  'detach-miscellanea': row({
    group: 'Handler sandbox',
    kind: 'flag',
    help: 'accepted; roles always have a host name and cgroup namespace of their own',
  }),
  'forbid-devices': row({
    group: 'Handler sandbox',
    kind: 'flag',
    help: 'no device but null, zero, full, random, urandom',
  }),
  chroot: row({
    group: 'Handler sandbox',
    kind: 'path',
    argument: 'DIR',
    help: 'root directory of handlers; needs root',
    manual:
      'Mounted in it, where the host has them: the watch directory, the destination, the ' +
      'lists directory, what --handler-allow names, and Node with this program. Mount points ' +
      'it lacks are made in it, on its own file system. Programs, their libraries and ' +
      'settings are those of the directory itself.',
  }),
  'pivot-root': row({
    group: 'Handler sandbox',
    kind: 'choice',
    argument: 'WAY',
    default: 'off',
    choices: ['off', 'direct', 'auto', 'auto-ro'],
    help: "leave the host's root for the --chroot directory: off, direct, auto, auto-ro",
    manual:
      'off enters the directory by chroot(2) alone. direct and auto are the same: neither ' +
      'needs old_root or /dev/shm/clsync-rootfs. auto-ro shows the directory read-only.',
  }),
  mountpoints: row({
    group: 'Handler sandbox',
    kind: 'list',
    argument: 'DIR,...',
    default: '',
    help: 'handlers see only these mounts, and those they need; needs root',
  }),
  'check-execvp-arguments': row({
    group: 'Handler sandbox',
    kind: 'flag',
    help: 'fix at start which programs may be run, with which arguments',
    manual:
      'Only the handler, the hooks and the permitted hook files may be executed, with their ' +
      'interpreters, and only with the arguments of the start, in which %names% are ' +
      'replaced. Where one of them is a script, the programs of the system may be executed ' +
      'too. Not in mode direct.',
  }),
  'add-permitted-hook-files': row({
    group: 'Handler sandbox',
    kind: 'list',
    argument: 'PATH,...',
    default: '',
    help: 'further programs that --check-execvp-arguments permits',
  }),
  'explain-sandbox': row({
    added: true,
    group: 'Handler sandbox',
    kind: 'choice',
    argument: 'FORM',
    choices: ['off', 'text', 'json'],
    bare: 'text',
    help: 'show how the processes would be confined, and exit; =json for programs',
  }),

  uid: row({
    group: 'Privileges',
    kind: 'text',
    short: 'u',
    argument: 'USER',
    help: 'user of the handlers, unless --sync-handler-uid says otherwise',
    manual:
      'In the C program it is that of the process which watches, not of handlers: so it has ' +
      'no effect with --compat, nor has --gid.',
  }),
  gid: row({
    group: 'Privileges',
    kind: 'text',
    short: 'g',
    argument: 'GROUP',
    help: 'group of the handlers, unless --sync-handler-gid says otherwise',
  }),
  'sync-handler-uid': row({
    group: 'Privileges',
    kind: 'text',
    argument: 'USER',
    help: 'user of the handlers',
  }),
  'sync-handler-gid': row({
    group: 'Privileges',
    kind: 'text',
    argument: 'GROUP',
    help: 'group of the handlers',
  }),
  'privileged-uid': row({
    group: 'Privileges',
    kind: 'text',
    argument: 'USER',
    help: 'user of the watcher; with --compat, of the handlers instead',
  }),
  'privileged-gid': row({
    group: 'Privileges',
    kind: 'text',
    argument: 'GROUP',
    help: 'group of the watcher; with --compat, of the handlers instead',
  }),
  'preserve-capabilities': row({
    group: 'Privileges',
    kind: 'list',
    short: 'C',
    argument: 'CAP,...',
    choices: ['CAP_DAC_READ_SEARCH', 'CAP_SETUID', 'CAP_SETGID', 'CAP_KILL'],
    help: 'capabilities the watcher may keep of those it would have',
    manual:
      'The watcher has at most CAP_DAC_READ_SEARCH; a list without it removes that one, too. ' +
      'The other three, which the C program kept for itself, are not needed by a process that ' +
      'handles data.',
  }),
  'inherit-capabilities': row({
    group: 'Privileges',
    kind: 'choice',
    argument: 'WHICH',
    choices: ['permitted', 'dont-touch', 'clsync', 'empty'],
    bare: 'empty',
    help: 'capabilities handlers inherit: empty, clsync, permitted, dont-touch',
    manual:
      'empty gives handlers none. clsync and permitted give the mirror profile, as without ' +
      'the option; dont-touch is the same, for no wider set exists that handlers could ' +
      'inherit.',
  }),
  'cgroup-group-name': row({
    group: 'Privileges',
    kind: 'text',
    argument: 'NAME',
    default: 'clsync/%PID%',
    help: 'control group of this instance',
  }),
  splitting: row({
    group: 'Privileges',
    kind: 'choice',
    argument: 'TYPE',
    choices: ['off', 'thread', 'process'],
    help: 'accepted; privileges are always split over processes',
  }),
  'secure-splitting': row({
    group: 'Privileges',
    kind: 'flag',
    help: 'refuse to start unless every means of confinement is available',
    manual: 'Implies --check-execvp-arguments, --seccomp-filter and --forbid-devices.',
  }),
  'seccomp-filter': row({
    group: 'Privileges',
    kind: 'flag',
    help: 'refuse to start unless system calls can be filtered',
  }),
  'trust-files': row({
    added: true,
    group: 'Privileges',
    kind: 'flag',
    help: 'take configuration, rules and programs that others than root could change',
    manual:
      'Started by root, clsync refuses a configuration file, rules, a handler, hook or plug-in, ' +
      'and an rsync or ssh found in PATH, which others than root own or may write to, or which ' +
      'lie in a directory that others own or may write to (a sticky one, such as /tmp, is no ' +
      'obstacle). For the configuration file itself, give it on the command line. Not with ' +
      '--secure-splitting.',
  }),
  'permit-mprotect': row({
    group: 'Privileges',
    kind: 'flag',
    help: 'accepted; no memory is shared that it could protect',
  }),
  'shm-mprotect': row({
    group: 'Privileges',
    kind: 'flag',
    help: 'accepted; no memory is shared that it could protect',
  }),
  'forget-privthread-info': row({
    group: 'Privileges',
    kind: 'flag',
    help: 'accepted; there is no privileged thread to forget',
  }),

  'cluster-iface': row({
    group: 'Cluster',
    kind: 'text',
    short: 'c',
    argument: 'INTERFACE',
    unsupported: true,
    help: 'network interface of the cluster',
  }),
  'cluster-ip': row({
    group: 'Cluster',
    kind: 'text',
    short: 'm',
    argument: 'ADDRESS',
    unsupported: true,
    help: 'multicast address of the cluster',
  }),
  'cluster-port': row({
    group: 'Cluster',
    kind: 'text',
    short: 'P',
    argument: 'PORT',
    unsupported: true,
    help: 'port of the cluster',
  }),
  'cluster-timeout': row({
    group: 'Cluster',
    kind: 'text',
    argument: 'SECONDS',
    unsupported: true,
    help: 'timeout of the cluster',
  }),
  'cluster-node-name': row({
    group: 'Cluster',
    kind: 'text',
    short: 'n',
    argument: 'NAME',
    unsupported: true,
    help: 'name of this node',
  }),
  'cluster-hash-dl-min': row({
    group: 'Cluster',
    kind: 'text',
    short: 'o',
    argument: 'LEVEL',
    unsupported: true,
    help: 'least directory level of the hash',
  }),
  'cluster-hash-dl-max': row({
    group: 'Cluster',
    kind: 'text',
    short: 'O',
    argument: 'LEVEL',
    unsupported: true,
    help: 'highest directory level of the hash',
  }),
  'cluster-scan-dl-max': row({
    group: 'Cluster',
    kind: 'text',
    argument: 'LEVEL',
    unsupported: true,
    help: 'highest directory level of the scan',
  }),
} as const;
