/** Options and their values. */
import { mkdirSync } from 'node:fs';
import { ORDINARY_USER } from '../../harness/user.js';
import { MIRROR } from './case.js';
import type { Case } from './case.js';

export const OPTIONS: readonly Case[] = [
  {
    what: 'no mode',
    words: ['-W~/source'],
    exit: 22,
    message: 'no mode: give one with --mode (-M), such as -Mrsyncdirect',
  },
  {
    what: 'a destination given twice',
    words: [...MIRROR, '--also-to=~/destination/.'],
    exit: 22,
    message: '--also-to: the destination ~/destination is given twice: leave one out',
  },
  {
    what: 'a destination in another one',
    words: ['-Mrsyncdirect', '-W~/source', '-D~/outer/in', '--also-to=~/outer'],
    exit: 22,
    message:
      '--also-to: the destination ~/outer/in lies inside the destination ~/outer: name one elsewhere',
    prepare: (base) => mkdirSync(`${base}/outer/in`, { recursive: true }),
  },
  {
    what: 'several destinations with what takes one',
    words: [...MIRROR, '--also-to=host:copy', '--two-way'],
    exit: 22,
    message:
      '--also-to: is not supported with --two-way, as what one of two copies has changed would ' +
      'come back from the other; leave one out',
  },
  {
    what: 'a handler that is told nothing of the destination',
    words: [...MIRROR, '--also-to=~/other', '--', '-a', '~/source/', '~/destination/'],
    exit: 22,
    message:
      '--also-to: needs %destination-dir% among the arguments for the handler, which would be the ' +
      'same for each; give that, or leave --also-to out',
    prepare: (base) => mkdirSync(`${base}/other`),
  },
  {
    what: 'old versions of two destinations in one directory',
    words: ['-Mmirror', '-W~/source', '-D~/destination', '--also-to=~/other', '--backup-dir=~/old'],
    exit: 22,
    message:
      '--backup-dir: ~/old would have the old versions of two destinations: name a directory of ' +
      'its own',
    prepare: (base) => ['other', 'old'].forEach((name) => mkdirSync(`${base}/${name}`)),
  },
  {
    what: 'a further destination that the mode cannot have',
    words: ['-Mmirror', '-W~/source', '-D~/destination', '--also-to=host:copy'],
    exit: 22,
    message:
      '--also-to: host:copy is on another host, and mode mirror keeps a local directory: use ' +
      '-Mrsyncdirect',
  },
  {
    what: 'an option that cannot differ by destination',
    words: [...MIRROR, '-H~/config', '--also-to=[b]'],
    exit: 22,
    message:
      '~/config:3: mode: cannot differ by destination, as --also-to [b] would have it: leave it ' +
      'out, or move it to the block that all destinations share',
    files: { config: '[b]\ndestination-dir = x\nmode = mirror\n' },
  },
  {
    what: 'an unknown mode',
    words: [...MIRROR, '-Mrsync'],
    exit: 22,
    message:
      '--mode: "rsync" is none of simple, direct, shell, rsyncdirect, rsyncshell, rsyncso, so, mirror; did you mean rsyncdirect?',
  },
  {
    what: 'an unknown long option',
    words: [...MIRROR, '--delay-colect=1'],
    exit: 22,
    message: 'unknown option --delay-colect: did you mean --delay-collect?',
  },
  {
    what: 'an unknown short option',
    words: [...MIRROR, '-Z'],
    exit: 22,
    message: 'unknown option -Z: see clsync --help',
  },
  {
    what: 'an ambiguous option',
    words: [...MIRROR, '--exit-on=1'],
    exit: 22,
    message: '--exit-on can mean --exit-on-no-events, --exit-on-sync-skip: write more of it',
  },
  {
    what: 'an option without its value',
    words: ['-W'],
    exit: 22,
    message: '--watch-dir stands without a value: write --watch-dir=VALUE; clsync --help=all says',
  },
  {
    what: 'a bad number',
    words: [...MIRROR, '-r', 'many'],
    exit: 22,
    message: '--retries: "many" is not a number',
  },
  {
    what: 'a bad duration',
    words: [...MIRROR, '-t1s'],
    exit: 22,
    message: '--delay-collect: "1s" is not a number',
  },
  {
    what: 'a bad flag',
    words: [...MIRROR, '-byes'],
    exit: 22,
    message: '--background: "yes" is neither 0 nor 1',
  },
  {
    what: 'a bad list',
    words: [...MIRROR, '--cancel-syscalls=x'],
    exit: 22,
    message: '--cancel-syscalls: "x" is none of mon_stat',
  },
  {
    what: 'an absent user',
    words: [...MIRROR, '-u', 'no-such-user'],
    exit: 22,
    message: '--uid: there is no user "no-such-user"',
  },
  {
    what: 'a capability that does not exist',
    words: [...MIRROR, '--check-config', '--handler-capabilities=chown,cown'],
    exit: 22,
    message: '--handler-capabilities: there is no capability "cown"',
  },
  {
    what: 'a variable with its value',
    words: [...MIRROR, '--handler-env=LEVEL=3'],
    exit: 22,
    message: `--handler-env: "LEVEL=3" is no name: the value is that of clsync's environment`,
  },
  {
    what: 'a limit of processes that the executor could not keep',
    words: [...MIRROR, '--handler-pids=5'],
    exit: 22,
    message: '--handler-pids: "5" is less than 24, as the executor itself has some 14',
  },
  {
    what: 'an absent group for the socket',
    words: [...MIRROR, '--check-config', '--socket=~/socket', '--socket-view=no-such-group'],
    exit: 22,
    message: '--socket-view: there is no group "no-such-group"',
  },
  {
    what: 'a word for an interval that there is not',
    words: [...MIRROR, '--recheck-interval=weekly'],
    exit: 22,
    message: '--recheck-interval: "weekly" is neither a number nor hourly or daily',
  },
  {
    what: 'an absent group',
    words: [...MIRROR, '--gid=no-such-group'],
    exit: 22,
    message: '--gid: there is no group "no-such-group"',
  },
  {
    what: 'a subsystem that is not built',
    words: [...MIRROR, '--monitor=kqueue'],
    exit: 22,
    message: '--monitor: "kqueue" is not supported yet',
  },
  {
    what: 'a subsystem that is not built yet, when only checking',
    words: [...MIRROR, '--check-config', '--monitor=kqueue'],
    exit: 22,
    message: '--monitor: "kqueue" is not supported yet',
  },
  {
    what: 'a mark for a file system, asked for by an ordinary user,',
    // Not a mode with rsync, whose version may be warned of meanwhile.
    words: [...MIRROR, '-Mmirror', '--monitor=fanotify'],
    user: ORDINARY_USER,
    exit: 24,
    message:
      '--monitor=fanotify: the file system cannot be marked (operation not permitted): that takes CAP_SYS_ADMIN, as ' +
      'root has it outside of containers; --monitor=inotify takes nothing',
  },
  {
    what: 'clustering',
    words: [...MIRROR, '--cluster-iface=eth0'],
    exit: 22,
    message: '--cluster-iface: not supported yet',
  },
  {
    what: 'options that exclude each other',
    words: [...MIRROR, '--skip-initialsync', '--only-initialsync'],
    exit: 22,
    message: '--skip-initialsync: cannot be used with --only-initialsync',
  },
  {
    what: '--two-way in a mode that does not run rsync with our arguments',
    words: ['-Mshell', '-S/bin/true', '-W~/source', '--two-way'],
    exit: 22,
    message: '--two-way: is for mode rsyncdirect',
  },
  {
    what: '--two-way with arguments of the user',
    words: ['-Mrsyncdirect', '-W~/source', '-D~/destination', '--two-way', '--', '-a'],
    exit: 22,
    message:
      '--two-way: cannot be used with arguments for the handler, which decide what is deleted',
  },
  {
    what: 'a bad custom signal',
    words: [...MIRROR, '--custom-signals=9:x'],
    exit: 22,
    message: '--custom-signals: there is no signal 9 to catch',
  },
];
