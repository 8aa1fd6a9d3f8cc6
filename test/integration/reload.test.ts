/** Signal 1: the configuration is read again, too. */
import * as fs from 'node:fs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';

test('HUP rereads the configuration: what can change does, what cannot is named', async (scope) => {
  const base = temporaryDirectory(scope);
  for (const name of ['source', 'copy']) subdirectory(base, name);
  const write = (...lines: readonly string[]): void =>
    fs.writeFileSync(
      `${base}/config`,
      ['[default]', 'mode = rsyncdirect', 'watch-dir = ~/source', 'destination-dir = ~/copy']
        .concat(lines)
        .join('\n') + '\n',
    );
  write('delay-collect = 3600', 'label = one');
  const daemon = new Daemon(
    scope,
    [...commandOf('clsync'), '-H', `${base}/config`, '--socket=socket'],
    {
      cwd: base,
      environment: { ...process.env, HOME: base },
    },
  );
  await daemon.logged(/initial sync done/);
  // Once it runs, the master may not read it by itself.
  fs.chmodSync(`${base}/config`, 0o600);
  fs.writeFileSync(`${base}/source/waiting`, '');
  write('delay-collect = soon');
  daemon.signal('SIGHUP');
  await daemon.logged(/delay-collect: "soon" is not a number; .*; all options stay as they were/);
  assert.equal(fs.existsSync(`${base}/copy/waiting`), false);
  write('delay-collect = 0', 'label = two', 'no-such-key = 1');
  daemon.signal('SIGHUP');
  await daemon.until('the change', () => fs.existsSync(`${base}/copy/waiting`));
  await daemon.logged(/--label cannot be changed while the daemon runs/);
  await daemon.logged(/unknown key "?no-such-key|unknown key/);
  // The same on request, which is told what HUP writes to the log.
  const ctl = new Ctl(base);
  write('delay-collect = soon', 'label = two');
  const wrong = ctl.ask('reload');
  assert.deepEqual([wrong.status, /"soon" is not a number/.test(wrong.stderr)], [1, true]);
  write('delay-collect = 0', 'label = two');
  const right = ctl.ask('reload');
  assert.deepEqual([right.status, right.stderr], [0, '']);
  assert.equal(
    right.stdout,
    '--label cannot be changed while the daemon runs: start clsync again to change it\n',
  );
});
