/**
 * Under --compat a handler gets what the C program gives it: each case runs under both programs.
 */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { commandOf, needs } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { needsRoot } from '../harness/user.js';
import { listing, withTries, writeScript } from './stage.js';
import { DEADLINE } from '../harness/until.js';

interface Case {
  /** A requirement besides root: false, or what is missing here. */
  readonly needs?: () => string | false;
  readonly name: string;
  readonly options: readonly string[];
  /** Arguments after `--`. */
  readonly words?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Commands with which the handler records its state; without them it records its arguments. */
  readonly records?: string;
  /**
   * The lines that the handler has written, without repetitions: `~` for the directory of the test,
   * PID for the daemon's pid, LIST and EXCLIST for list files.
   */
  readonly expected: readonly string[];
  /** Prepares the directory of the test before the start. */
  readonly prepare?: (base: string, scope: TestContext) => void;
  /** The content of the destination at the end. */
  readonly destination?: readonly string[];
}

const RECORDER = ['-S', '~/handler'];
const RSYNC_ARGUMENTS = '-aH --delete --exclude-from EXCLIST --include-from LIST --exclude=*';
const IDS = 'echo $(id -u) $(id -g) $(id -G) $(grep CapEff: /proc/self/status)';
const NONE = 'CapEff: 0000000000000000';

const CASES: readonly Case[] = [
  {
    name: 'mode direct without a handler runs cp',
    options: ['-Mdirect', '-x1'],
    expected: [],
    destination: ['file: content'],
  },
  {
    name: '%PID% and %% in arguments and in values',
    options: ['-Mdirect', ...RECORDER, '--label', '%PID%:50%%'],
    words: ['pid=%PID%', '100%%', 'a%%b', 'label=%label%'],
    expected: ['pid=PID 100% a%b label=PID:50%'],
  },
  {
    name: 'a program in place of rsync',
    options: ['-Mrsyncdirect', ...RECORDER],
    expected: [`${RSYNC_ARGUMENTS} ~/source/ ~/destination/`],
  },
  {
    name: 'a program in place of rsync that prefers includes',
    options: ['-Mrsyncdirect', '--rsync-prefer-include', ...RECORDER],
    expected: ['-aH --delete --include-from LIST --exclude=* ~/source/ ~/destination/'],
  },
  {
    name: '%RSYNC-ARGS% for a program in place of rsync',
    options: ['-Mrsyncdirect', ...RECORDER],
    words: ['%RSYNC-ARGS%', 'x/', 'y/'],
    expected: [`${RSYNC_ARGUMENTS} x/ y/`],
  },
  {
    name: "the starter's environment",
    options: ['-Mdirect', ...RECORDER],
    environment: {
      PROBE: 'known',
      LD_DEBUG_OUTPUT: '/none',
      CLSYNC_STATUS: 'another',
      NODE_ENV: 'x',
    },
    records: "env | grep -E '^(PROBE|LD_|NODE_ENV|CLSYNC_)' | sort",
    expected: [
      'CLSYNC_ITERATION=1',
      'CLSYNC_STATUS=initsync',
      'LD_DEBUG_OUTPUT=/none',
      'NODE_ENV=x',
      'PROBE=known',
    ],
  },
  {
    name: '--privileged-uid',
    options: ['-Mdirect', ...RECORDER, '--privileged-uid=1000'],
    records: IDS,
    expected: [`1000 0 0 ${NONE}`],
  },
  {
    name: '--privileged-uid and -gid with another user for the main process',
    options: [
      '-Mdirect',
      ...RECORDER,
      '-u0',
      '-g0',
      '--privileged-uid=1000',
      '--privileged-gid=1001',
    ],
    records: IDS,
    expected: [`1000 1001 1001 ${NONE}`],
  },
  {
    name: '-u and -g',
    options: ['-Mdirect', ...RECORDER, '-u1000', '-g1001'],
    records: 'echo $(id -u) $(id -g)',
    expected: ['0 0'],
  },
  {
    name: '--sync-handler-uid before --privileged-uid',
    options: [
      '-Mdirect',
      ...RECORDER,
      '--privileged-uid=1000',
      '--privileged-gid=1001',
      '--sync-handler-uid=7',
    ],
    records: IDS,
    expected: [`7 1001 1001 ${NONE}`],
  },
  {
    name: '-X, lists: the content of a mount point is excluded, not the mount point',
    options: ['-Mrsyncdirect', '-X', ...RECORDER],
    prepare: mountBelow,
    needs: needsMounts,
    records: 'for word; do case $word in */.clsync-*) cat "$word";; esac; done',
    expected: ['/***', '/mounted/**'],
  },
  {
    name: '-X, rsync: the mount point is copied, its content is neither copied nor deleted',
    options: ['-Mrsyncdirect', '-X'],
    prepare: mountBelow,
    needs: needsMounts,
    expected: [],
    destination: ['file: content', 'mounted/', 'mounted/kept: '],
  },
  {
    name: '-X, rsync: a mount point that is not there yet',
    options: ['-Mrsyncdirect', '-X'],
    needs: needsMounts,
    prepare: (base, scope) => {
      mountBelow(base, scope);
      rmSync(join(base, 'destination/mounted'), { recursive: true });
    },
    expected: [],
    destination: ['file: content', 'mounted/'],
  },
];

/** Mounts a file system in the source, and makes the destination's content under its name. */
function mountBelow(base: string, scope: TestContext): void {
  mountAt(scope, ['-t', 'tmpfs', 'none'], join(base, 'source/mounted'));
  writeFileSync(join(base, 'source/mounted/inside'), '');
  subdirectory(base, 'destination/mounted');
  writeFileSync(join(base, 'destination/mounted/kept'), '');
}

for (const {
  name,
  options,
  words = [],
  environment,
  records = 'echo "$@"',
  expected,
  prepare: more,
  destination,
  needs: required,
} of CASES) {
  for (const variant of ['original', 'compat'] as const) {
    const skip =
      (variant === 'original' && needs('original')) || needsRoot || (required?.() ?? false);
    test(`${name}, ${variant}`, { skip, timeout: DEADLINE }, (scope) =>
      withTries(variant, async () => {
        const base = prepare(scope, records);
        more?.(base, scope);
        const command =
          variant === 'original' ? commandOf('original') : [...commandOf('clsync'), '--compat'];
        const fixed = [
          '-H/NULL/',
          '-W~/source',
          '-D~/destination',
          '-t0',
          '-w0',
          '--only-initialsync',
        ];
        const given = [...options, ...fixed, ...(words.length === 0 ? [] : ['--', ...words])].map(
          (word) => word.replaceAll('~', base),
        );
        const daemon = new Daemon(scope, [...command, ...given], {
          environment: { ...process.env, ...environment },
        });
        await daemon.exited;
        assert.deepEqual(daemon.exit, { code: 0, signal: null }, daemon.output);
        assert.deepEqual(recorded(base, daemon.pid), [...expected].sort());
        if (destination !== undefined)
          assert.deepEqual(listing(join(base, 'destination')), destination);
      }),
    );
  }
}

function prepare(scope: TestContext, records: string): string {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'destination']) subdirectory(base, name);
  writeFileSync(join(base, 'source/file'), 'content');
  writeFileSync(join(base, 'record'), '');
  chmodSync(join(base, 'record'), 0o666);
  writeScript(join(base, 'handler'), `{ ${records}; } >>'${base}/record'`);
  return base;
}

/**
 * The recorded lines, without repetitions: the C program calls a handler once for each path if no
 * argument is a list.
 */
function recorded(base: string, pid: number): string[] {
  const text = readFileSync(join(base, 'record'), 'utf8')
    .replaceAll(base, '~')
    .replace(/\S*\/\.clsync-(exc)?list\S*/g, (_, exclude?: string) =>
      exclude === undefined ? 'LIST' : 'EXCLIST',
    )
    .replaceAll(String(pid), 'PID');
  return [...new Set(text.split('\n').filter((line) => line !== ''))].sort();
}
