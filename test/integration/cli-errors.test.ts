/** Bad input: one clear line, the exit status of the C program, nothing touched. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { describe, test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { until } from '../harness/until.js';
import { needsRoot, ORDINARY_USER } from '../harness/user.js';
import type { User } from '../harness/user.js';

interface Case {
  readonly what: string;
  /** Arguments; `~` stands for the directory of the test, which holds source/ and destination/. */
  readonly words: readonly string[];
  readonly exit: number;
  /** All of stderr; `~` as above. */
  readonly message: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly user?: User;
  readonly prepare?: (base: string) => void;
}

const MIRROR = ['-Mrsyncdirect', '-W~/source', '-D~/destination'];

const CASES: readonly Case[] = [
  {
    what: 'nothing at all',
    words: [],
    exit: 14,
    message: 'nothing to watch: give a directory with --watch-dir (-W)',
  },
  {
    what: 'no mode',
    words: ['-W~/source'],
    exit: 22,
    message: 'no mode: give one with --mode (-M), such as -Mrsyncdirect',
  },
  {
    what: 'an unknown mode',
    words: [...MIRROR, '-Mrsync'],
    exit: 22,
    message:
      '--mode: "rsync" is none of simple, direct, shell, rsyncdirect, rsyncshell, rsyncso, so',
  },
  {
    what: 'an absent source',
    words: [...MIRROR, '-W~/absent'],
    exit: 2,
    message: '--watch-dir: ~/absent does not exist',
  },
  {
    what: 'a source that is a file',
    words: [...MIRROR, '-W~/file'],
    files: { file: '' },
    exit: 20,
    message: '--watch-dir: ~/file is not a directory',
  },
  {
    what: 'an unreadable source',
    words: MIRROR,
    user: ORDINARY_USER,
    prepare: (base) => fs.chmodSync(`${base}/source`, 0o700),
    exit: 13,
    message: '--watch-dir: no permission for ~/source (EACCES)',
  },
  {
    what: 'an absent destination',
    words: [...MIRROR, '-D~/absent'],
    exit: 2,
    message: '--destination-dir: ~/absent does not exist',
  },
  {
    what: 'no destination',
    words: MIRROR.slice(0, 2),
    exit: 22,
    message:
      'mode rsyncdirect needs a destination: give one with --destination-dir (-D), or name ' +
      'it in the handler arguments',
  },
  {
    what: 'no destination in mode direct',
    words: ['-Mdirect', '-W~/source', '-Secho'],
    exit: 22,
    message:
      'mode direct needs a destination: give one with --destination-dir (-D), or name it ' +
      'in the handler arguments',
  },
  {
    what: 'no destination, which the handler arguments name',
    words: ['-Mdirect', '-W~/source', '-Secho', '--', '%INCLUDE-LIST%', '%destination-dir%/'],
    exit: 22,
    message:
      'the handler arguments name %destination-dir%, which is not set: give one with ' +
      '--destination-dir (-D)',
  },
  {
    what: '/ as destination',
    words: [...MIRROR, '-D/'],
    exit: 22,
    message: '--destination-dir: / cannot be a destination',
  },
  {
    what: 'a destination inside the source',
    words: [...MIRROR, '-D~/source/sub'],
    prepare: (base) => fs.mkdirSync(`${base}/source/sub`),
    exit: 22,
    message:
      '--destination-dir: ~/source/sub lies inside the watched directory ~/source, the ' +
      'copy would copy itself',
  },
  {
    what: 'a destination inside the source through a symbolic link',
    words: [...MIRROR, '-D~/link'],
    prepare: (base) => {
      fs.mkdirSync(`${base}/source/sub`);
      fs.symlinkSync('source/sub', `${base}/link`);
    },
    exit: 22,
    message:
      '--destination-dir: ~/source/sub lies inside the watched directory ~/source, the ' +
      'copy would copy itself',
  },
  {
    what: 'a destination around the source',
    words: [...MIRROR, '-D~'],
    exit: 22,
    message:
      '--destination-dir: ~ holds the watched directory ~/source, which the sync would delete',
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
    message: "option '-W, --watch-dir <value>' argument missing",
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
    what: 'an unknown access for handlers',
    words: [...MIRROR, '--handler-allow=~/source:rwz'],
    exit: 22,
    message:
      '--handler-allow: "~/source:rwz" ends with none of :rw, :rwx, and there is no such file',
  },
  {
    what: 'an absent path for handlers',
    words: [...MIRROR, '--handler-allow=~/source,~/absent:rw'],
    exit: 2,
    message: '--handler-allow: ~/absent does not exist',
  },
  {
    what: 'no path for handlers',
    words: [...MIRROR, '--handler-allow=:rw'],
    exit: 22,
    message: '--handler-allow: ":rw" names no path',
  },
  {
    what: 'an absent user',
    words: [...MIRROR, '-u', 'no-such-user'],
    exit: 22,
    message: '--uid: there is no user "no-such-user"',
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
    words: [...MIRROR, '--check-config', '--monitor=fanotify'],
    exit: 22,
    message: '--monitor: "fanotify" is not supported yet',
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
    what: 'an absent handler',
    words: ['-Mshell', '-W~/source', '-S~/absent'],
    exit: 2,
    message: '--sync-handler: there is no program ~/absent',
  },
  {
    what: 'no handler',
    words: ['-Mshell', '-W~/source'],
    exit: 22,
    message: 'mode shell needs a handler: give one with --sync-handler (-S)',
  },
  {
    what: 'a handler that may not be executed',
    words: ['-Mshell', '-W~/source', '-S~/handler'],
    files: { handler: '' },
    exit: 13,
    message: '--sync-handler: ~/handler may not be executed (chmod +x?)',
  },
  {
    what: 'an absent exit hook',
    words: [...MIRROR, '--exit-hook=~/absent'],
    exit: 2,
    message: '--exit-hook: there is no program ~/absent',
  },
  {
    what: 'no rsync',
    words: MIRROR,
    path: '/nonexistent',
    exit: 2,
    message: 'rsync is not installed: install it, or name another program with --sync-handler (-S)',
  },
  {
    what: 'an absent rules file',
    words: [...MIRROR, '-R~/absent'],
    exit: 2,
    message: 'the rules file ~/absent does not exist: see --rules-file',
  },
  {
    what: 'a bad rule',
    words: [...MIRROR, '-R~/rules'],
    files: { rules: '+f^a$\n\n-qx\n' },
    exit: 8,
    message: '~/rules:3: "-qx": the second character must be one of f d w m s W *',
  },
  {
    what: 'a bad expression in a rule',
    words: [...MIRROR, '-R~/rules'],
    files: { rules: '-f(' },
    exit: 8,
    message: '~/rules:1: "(" is no extended regular expression: Unmatched ( or \\(',
  },
  {
    what: 'a configuration that cannot be parsed',
    words: ['-H~/conf'],
    files: { conf: '[default]\nmode\n' },
    exit: 255,
    message: '~/conf:2: "mode" is no "key = value" line, no [block] and no # comment',
  },
  {
    what: 'an absent configuration',
    words: ['-H~/absent'],
    exit: 255,
    message: 'cannot read the configuration file ~/absent: ENOENT',
  },
  {
    what: 'an absent block',
    words: ['-H~/conf', '-Kx'],
    files: { conf: '[default]\n' },
    exit: 22,
    message: '~/conf has no block [x]: see --config-block',
  },
  {
    what: 'a bad value in the configuration',
    words: ['-H~/conf'],
    files: { conf: '[default]\n\nretries = x\n' },
    exit: 22,
    message: '~/conf:3: retries: "x" is not a number',
  },
  {
    what: 'an unknown key under --check-config',
    words: [...MIRROR, '-H~/conf', '--check-config'],
    files: { conf: '[default]\nrules-path = x\n' },
    exit: 22,
    message: '~/conf:2: unknown key "rules-path", did you mean "rules-file"?',
  },
  {
    what: 'a bad custom signal',
    words: [...MIRROR, '--custom-signals=9:x'],
    exit: 22,
    message: '--custom-signals: there is no signal 9 to catch',
  },
  {
    what: 'a pid file nowhere',
    words: [...MIRROR, '-z~/absent/pid'],
    exit: 13,
    message: '--pid-file: cannot write ~/absent/pid: ENOENT',
  },
  {
    what: 'a socket nowhere',
    words: [...MIRROR, '--socket=~/absent/socket'],
    exit: 13,
    message: '--socket: cannot write ~/absent/socket: ENOENT',
  },
];

/** Warnings about mechanisms that a container lacks come first. */
const MISSING = /^warning: no .*\n/gm;

describe('bad input', { concurrency: 4 }, () => {
  for (const { what, words, exit, message, files = {}, path, user, prepare } of CASES) {
    test(
      `${what} is one clear line and exit status ${exit}`,
      { skip: user === undefined ? false : needsRoot },
      async (scope) => {
        const base = temporaryDirectory(scope);
        for (const name of ['source', 'destination']) subdirectory(base, name);
        fs.writeFileSync(`${base}/source/file`, 'content');
        for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${base}/${name}`, text);
        prepare?.(base);
        const here = (word: string): string => word.replaceAll('~', base);
        const environment = {
          ...process.env,
          HOME: base,
          ...(path === undefined ? {} : { PATH: path }),
        };
        const daemon = new Daemon(scope, [...commandOf('clsync'), ...words.map(here)], {
          user,
          environment,
        });
        await daemon.exited;
        await until('its message', () => daemon.stderr.includes('\n'), {
          timeout: 2000,
          detail: () => daemon.output,
        });
        assert.equal(
          daemon.stderr.replace(MISSING, ''),
          `error: ${message.replaceAll('~', base)}\n`,
        );
        assert.deepEqual(daemon.exit, { code: exit, signal: null });
        assert.equal(daemon.stdout, '');
        assert.deepEqual(fs.readdirSync(`${base}/destination`), []);
      },
    );
  }
});
