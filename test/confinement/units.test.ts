/**
 * The systemd units are valid, and their exposure stays below a limit. Their capabilities are
 * generated, see src/tools/units.ts.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { needsRoot } from '../harness/user.js';

const UNITS = {
  'clsync@.service': 4.0,
  'clsync-restricted@.service': 1.5,
  'clsync-user@.service': 4.0,
} as const;
const directory = FILES.root + 'systemd/';
const analyzer = {
  skip:
    spawnSync('systemd-analyze', ['--version']).status === 0
      ? false
      : 'systemd-analyze is not installed',
};

function analyze(...words: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['--no-pager', ...words], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

for (const [unit, most] of Object.entries(UNITS)) {
  test(`${unit}: exposure is at most ${most}`, analyzer, () => {
    const score = /Overall exposure level for \S+: ([\d.]+)/.exec(
      analyze('security', '--offline=true', directory + unit).output,
    )?.[1];
    assert.ok(Number(score) <= most, String(score));
  });

  test(`${unit}: verified clean`, analyzer, () => {
    // The unit's program and its pages need not be installed here.
    const copies = mkdtempSync('/tmp/clsync-units-');
    try {
      for (const name of Object.keys(UNITS)) {
        const text = readFileSync(directory + name, 'utf8')
          .replace('ExecStart=clsync', 'ExecStart=/bin/true')
          .replace(/(ExecReload=\+?)kill/, '$1/bin/kill');
        writeFileSync(copies + '/' + name, text);
      }
      assert.deepEqual(analyze('verify', '--man=no', copies + '/' + unit), {
        status: 0,
        output: '',
      });
    } finally {
      rmSync(copies, { recursive: true });
    }
  });
}

/** The value for `{ skip }`: false if the systemd program for the test exists. */
function needs(program: string, option = '--version'): string | false {
  const { error, stdout } = spawnSync(program, ['--help'], { encoding: 'utf8' });
  if (error !== undefined) return `${program} is not installed`;
  return stdout.includes(option) ? false : `${program} has no ${option}`;
}

function inRoot(use: (root: string) => void): void {
  const root = mkdtempSync('/tmp/clsync-root-');
  try {
    mkdirSync(root + '/etc');
    use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test(
  'systemd-sysusers makes the user of clsync-restricted@.service as its unit says',
  { skip: needsRoot || needs('systemd-sysusers', '--inline') },
  () => {
    const ofInstance = (text: string | undefined): string | undefined =>
      text?.replaceAll('%i', 'www').replaceAll('\\"', '"');
    const found = (unit: string, setting: RegExp): string | undefined =>
      ofInstance(setting.exec(readFileSync(directory + unit, 'utf8'))?.[1]);
    const user = found('clsync-restricted@.service', /^User=(\S+)$/m);
    const line = found('clsync-user@.service', /^ExecStart=systemd-sysusers --inline "(.+)"$/m);
    inRoot((root) => {
      const { status, stderr } = spawnSync(
        'systemd-sysusers',
        [`--root=${root}`, '--inline', line ?? ''],
        { encoding: 'utf8' },
      );
      assert.equal(status, 0, stderr);
      const made = readFileSync(root + '/etc/passwd', 'utf8')
        .trimEnd()
        .split(':')[0];
      assert.equal(made, user);
    });
  },
);

test(
  'systemd-tmpfiles makes the directory of sockets, which only root may write',
  { skip: needsRoot || needs('systemd-tmpfiles') },
  () => {
    inRoot((root) => {
      const { status, stderr } = spawnSync(
        'systemd-tmpfiles',
        ['--create', `--root=${root}`, directory + 'clsync.tmpfiles'],
        { encoding: 'utf8' },
      );
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      const { mode, uid } = statSync(root + '/run/clsync');
      assert.deepEqual({ mode: mode & 0o7777, uid }, { mode: 0o755, uid: 0 });
    });
  },
);
