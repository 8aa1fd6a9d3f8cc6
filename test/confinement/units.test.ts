/**
 * The systemd units: clean, and exposed no more than they may be. Their capabilities are generated,
 * see src/tools/units.ts.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { ROLES } from '../../src/master/sandbox/roles.js';

const UNITS = { 'clsync@.service': 4.0, 'clsync-restricted@.service': 1.5 } as const;
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
    // The program itself need not be installed here.
    const copies = mkdtempSync('/tmp/clsync-units-');
    try {
      const text = readFileSync(directory + unit, 'utf8')
        .replace('ExecStart=clsync', 'ExecStart=/bin/true')
        .replace('ExecReload=kill', 'ExecReload=/bin/kill');
      writeFileSync(copies + '/' + unit, text);
      assert.deepEqual(analyze('verify', copies + '/' + unit), { status: 0, output: '' });
    } finally {
      rmSync(copies, { recursive: true });
    }
  });
}

test('the users are those of the roles table', () => {
  const users = [...readFileSync(directory + 'clsync.sysusers', 'utf8').matchAll(/^u (\S+)/gm)].map(
    ([, name]) => String(name),
  );
  assert.deepEqual(new Set(users), new Set([ROLES.executor.user, ROLES.watcher.user]));
});
