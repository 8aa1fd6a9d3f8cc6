/**
 * The examples of the C program's README, section 7 (also in clsync(1)), with the effect each must
 * have.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { listing, owners, writeScript } from './stage.js';
import {
  GLOBAL,
  makeGlobal,
  makeSourceAndDestination,
  changeSource,
  source,
  destination,
  isPidFile,
  lines,
  distinct,
} from './example-trees.js';

export interface Example {
  readonly name: string;
  /** The command line as written there, with paths beneath `$base`. */
  readonly line: string;
  readonly prepare: (base: string) => void;
  /** Reads the visible effect, to be compared with `expected`. */
  readonly effect: (base: string, record: readonly string[]) => readonly string[];
  readonly expected: (base: string) => readonly string[];
  /** A change made once the effect is visible; `expectedAfter` must follow. */
  readonly change?: (base: string) => void;
  readonly expectedAfter?: (base: string) => readonly string[];
  /** The program must end by itself with 0: it is done, or has gone to the background. */
  readonly ends?: boolean;
  /** The reason why the C program fails here: it ends, with a status other than 0. */
  readonly originalFails?: string;
  /**
   * Options that give the handler access to what the example uses besides source and destination.
   */
  readonly widened?: readonly string[];
}

const RECORD = '$base/record:rw';

export const EXAMPLES: readonly Example[] = [
  {
    name: 'mirroring a directory',
    line: 'clsync -Mrsyncdirect -W$base/path/to/source_dir -D$base/path/to/destination_dir',
    prepare: makeSourceAndDestination,
    effect: destination,
    expected: source,
  },
  {
    name: 'syncing authorized_keys files',
    line: [
      'mkdir -p $base/etc/clsync/rules',
      String.raw`printf "+w^$\n+w^[^/]+$\n+W^[^/]+/.ssh$\n+f^[^/]+/.ssh/authorized_keys$\n-*" ` +
        '> $base/etc/clsync/rules/authorized_files_only',
      'clsync  -Mdirect -Scp -W$base/mnt/master/home/ -D$base/home ' +
        '-R$base/etc/clsync/rules/authorized_files_only -- ' +
        '-Pfp --parents %INCLUDE-LIST% %destination-dir%',
    ].join('\n'),
    prepare: (base) => {
      for (const user of ['ann', 'bob']) {
        fs.mkdirSync(join(base, 'mnt/master/home', user, '.ssh'), { recursive: true });
        fs.writeFileSync(
          join(base, 'mnt/master/home', user, '.ssh/authorized_keys'),
          `key of ${user}`,
        );
        fs.writeFileSync(join(base, 'mnt/master/home', user, '.ssh/id_rsa'), 'secret');
        fs.writeFileSync(join(base, 'mnt/master/home', user, 'letter'), 'private');
      }
      fs.mkdirSync(join(base, 'home'));
    },
    effect: (base) => listing(join(base, 'home')),
    expected: () => [
      'ann/',
      'ann/.ssh/',
      'ann/.ssh/authorized_keys: key of ann',
      'bob/',
      'bob/.ssh/',
      'bob/.ssh/authorized_keys: key of bob',
    ],
    originalFails:
      'loses the last character of a rules file without a final newline, ' +
      'so everything is copied, and cp fails on directories',
  },
  {
    name: 'mirroring a directory, but faster',
    line:
      'clsync -w5 -t5 -T5 -Mrsyncdirect -W$base/path/to/source_dir ' +
      '-D$base/path/to/destination_dir',
    prepare: makeSourceAndDestination,
    effect: destination,
    expected: source,
    change: changeSource,
    expectedAfter: source,
  },
  {
    name: 'instant mirroring of a directory',
    line:
      'clsync -w0 -t0 -T0 -Mrsyncdirect -W$base/path/to/source_dir ' +
      '-D$base/path/to/destination_dir',
    prepare: makeSourceAndDestination,
    effect: destination,
    expected: source,
    change: changeSource,
    expectedAfter: source,
  },
  {
    name: 'making two directories synchronous',
    line: [
      'clsync -Mrsyncdirect --background -z $base/clsync0.pid --output syslog -Mrsyncdirect ' +
        "-W$base/path/to/dir1 -D$base/path/to/dir2 --modification-signature '*'",
      'while ! [ -e $base/path/to/dir2/file ]; do sleep 0.1; done',
      'clsync -Mrsyncdirect --background -z $base/clsync1.pid --output syslog -Mrsyncdirect ' +
        "-W$base/path/to/dir2 -D$base/path/to/dir1 --modification-signature '*'",
    ].join('\n'),
    prepare: (base) => {
      fs.mkdirSync(join(base, 'path/to/dir1'), { recursive: true });
      fs.mkdirSync(join(base, 'path/to/dir2'), { recursive: true });
      fs.writeFileSync(join(base, 'path/to/dir1/file'), 'content');
    },
    effect: (base) => [
      ...listing(join(base, 'path/to/dir1')),
      ...listing(join(base, 'path/to/dir2')),
      ...['clsync0.pid', 'clsync1.pid'].map((name) => `${name}: ${isPidFile(join(base, name))}`),
    ],
    expected: () => ['file: content', 'file: content', 'clsync0.pid: true', 'clsync1.pid: true'],
    ends: true,
  },
  {
    name: 'fixing privileges of a web-site',
    line:
      'clsync -w3 -t3 -T3 -x1 -W$base/var/www/site.example.org/root -Mdirect -Schown ' +
      '--uid  0  --gid  0  -Ysyslog  -b1  --modification-signature uid,gid -- ' +
      '--from=root www-data:www-data %INCLUDE-LIST%',
    prepare: (base) => {
      fs.mkdirSync(join(base, 'var/www/site.example.org/root/pages'), { recursive: true });
      fs.writeFileSync(join(base, 'var/www/site.example.org/root/index.html'), '');
      fs.writeFileSync(join(base, 'var/www/site.example.org/root/mine'), '');
      fs.chownSync(join(base, 'var/www/site.example.org/root/mine'), 1234, 1234);
    },
    effect: (base) => owners(join(base, 'var/www/site.example.org/root')),
    expected: () => ['index.html 33:33', 'mine 1234:1234', 'pages 33:33'],
    change: (base) =>
      fs.writeFileSync(join(base, 'var/www/site.example.org/root/pages/new.html'), ''),
    expectedAfter: () => [
      'index.html 33:33',
      'mine 1234:1234',
      'pages 33:33',
      'pages/new.html 33:33',
    ],
    ends: true,
  },
  {
    name: "'atomic' sync",
    line:
      'clsync --exit-on-no-events --max-iterations=20 --mode=rsyncdirect ' +
      '-W$base/var/www_new -Srsync -- %RSYNC-ARGS% $base/var/www_new/ $base/var/www/',
    prepare: (base) => {
      fs.mkdirSync(join(base, 'var/www_new/pages'), { recursive: true });
      fs.mkdirSync(join(base, 'var/www'));
      fs.writeFileSync(join(base, 'var/www_new/pages/new'), 'new');
      fs.writeFileSync(join(base, 'var/www/old'), 'old');
    },
    effect: (base) => listing(join(base, 'var/www')),
    expected: () => ['pages/', 'pages/new: new'],
    ends: true,
    originalFails: 'wants a destination directory though the arguments name one',
    widened: ['--handler-allow', '$base/var/www:rw'],
  },
  {
    name: 'moving a web-server',
    line:
      'clsync  --exit-on-no-events  --max-iterations=20 ' +
      '--pre-exit-hook=$base/root/stop-here.sh --exit-hook=$base/root/start-there.sh ' +
      '--mode=rsyncdirect --ignore-exitcode=23,24  --retries=3 -W $base/var/www -S ' +
      'rsync -- %RSYNC-ARGS% $base/var/www/ $base/another-host/var/www/',
    prepare: (base) => {
      fs.mkdirSync(join(base, 'var/www'), { recursive: true });
      fs.mkdirSync(join(base, 'another-host/var/www'), { recursive: true });
      fs.mkdirSync(join(base, 'root'));
      fs.writeFileSync(join(base, 'var/www/index.html'), 'site');
      for (const name of ['stop-here', 'start-there'])
        writeScript(join(base, `root/${name}.sh`), `echo ${name} "$@" >>'${base}/record'`);
    },
    effect: (base, record) => [...listing(join(base, 'another-host/var/www')), ...record],
    expected: () => ['index.html: site', 'stop-here nolabel', 'start-there nolabel'],
    ends: true,
    originalFails: 'wants a destination directory though the arguments name one',
    widened: ['--handler-allow', `${RECORD},$base/another-host:rw`],
  },
  {
    name: 'copying files to slave-nodes using pdcp',
    line:
      'clsync -Msimple -S pdcp -W $base/opt/global -b -Y syslog -- -a %INCLUDE-LIST% ' +
      '%INCLUDE-LIST%',
    prepare: makeGlobal,
    effect: (_, record) => distinct(record),
    expected: (base) =>
      GLOBAL.map((path) => join(base, 'opt/global', path))
        .map((path) => `pdcp -a ${path} ${path}`)
        .sort(),
    change: (base) => fs.writeFileSync(join(base, 'opt/global/etc/new'), 'x'),
    expectedAfter: (base) =>
      [...GLOBAL, 'etc/new']
        .map((path) => join(base, 'opt/global', path))
        .map((path) => `pdcp -a ${path} ${path}`)
        .sort(),
    ends: true,
    widened: ['--handler-allow', RECORD],
  },
  {
    name: 'copying files to slave-nodes using uftp',
    line:
      'clsync -Mdirect -S uftp -W$base/opt/global --background=1 --output=syslog -- -M ' +
      '248.225.233.1 %INCLUDE-LIST%',
    prepare: makeGlobal,
    effect: (_, record) => record.map((line) => line.split(' ').sort().join(' ')),
    expected: () => [
      ['uftp', '-M', '248.225.233.1', ...GLOBAL.map((path) => path || '.')].sort().join(' '),
    ],
    ends: true,
    widened: ['--handler-allow', RECORD],
  },
  {
    name: 'an another dry running to look how clsync will call pdcp',
    line:
      'clsync -Msimple -S echo -W $base/opt/global -b0 -- pdcp -a %INCLUDE-LIST% ' +
      '%INCLUDE-LIST% >$base/screen',
    prepare: makeGlobal,
    effect: (base) => distinct(lines(join(base, 'screen'))),
    expected: (base) =>
      GLOBAL.map((path) => join(base, 'opt/global', path))
        .map((path) => `pdcp -a ${path} ${path}`)
        .sort(),
  },
  {
    name: 'a dry running to see rsync arguments',
    line:
      'clsync -Mrsyncdirect -S echo -W$base/path/to/source_dir ' +
      '-D$base/path/to/destination_dir >$base/screen',
    prepare: makeSourceAndDestination,
    // The options in between may differ from the C program's; the mirrors above show their effect.
    effect: (base) =>
      lines(join(base, 'screen')).map((line) =>
        line.replace(/^-aH .*--delete .* (\S+) (\S+)$/, '-aH ... --delete ... $1 $2'),
      ),
    expected: (base) => [
      `-aH ... --delete ... ${base}/path/to/source_dir/ ${base}/path/to/destination_dir/`,
    ],
  },
  {
    name: 'automatically run make build',
    line:
      'cd $base/project && printf "%s\\n" "+f.c$" "-f" | clsync --have-recursive-sync ' +
      '-W . -R /dev/stdin -Mdirect -r1 --ignore-failures -t1 -w1 -Smake -- build',
    prepare: (base) => {
      fs.mkdirSync(join(base, 'project'));
      fs.writeFileSync(
        join(base, 'project/Makefile'),
        'build: program\nprogram: main.c\n\tcat main.c >program\n',
      );
      fs.writeFileSync(join(base, 'project/main.c'), 'one');
      // Older than any later file, whatever the resolution of the clock.
      fs.utimesSync(join(base, 'project/main.c'), 1e9, 1e9);
    },
    effect: (base) => [`program: ${lines(join(base, 'project/program'))[0] ?? 'none'}`],
    expected: () => ['program: one'],
    change: (base) => {
      fs.writeFileSync(join(base, 'project/main.c'), 'two');
      // Newer than the program, whatever the resolution of the clock.
      fs.utimesSync(join(base, 'project/main.c'), Date.now() / 1000 + 2, Date.now() / 1000 + 2);
    },
    expectedAfter: () => ['program: two'],
  },
];
