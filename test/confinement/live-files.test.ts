/**
 * Handlers see the new version of system files that are replaced while the daemon runs, and nothing
 * else of the host for that.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { copyOfEtc, elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

const LOOK =
  'for file in hosts resolv.conf group; do cat /etc/$file && echo hurt >>/etc/$file; done; ' +
  'ls -A "$1"; echo end';

/** The user who starts the daemon. One with several groups gets no view, and so no copies. */
const STARTERS: Readonly<Record<string, readonly string[]>> = {
  root: [],
  'an ordinary user': ['setpriv', '--reuid=5', '--regid=60', '--clear-groups'],
  'a user with several groups': ['setpriv', '--reuid=5', '--regid=60', '--groups=60,4'],
};

for (const [who, words] of Object.entries(STARTERS))
  test(
    `handlers of ${who} see the new /etc/hosts and /etc/resolv.conf`,
    { skip: needsMounts(), timeout: DEADLINE },
    async (scope) => {
      const [etc, base] = [copyOfEtc(scope), temporaryDirectory(scope)];
      const [source, run] = [subdirectory(base, 'source'), subdirectory(base, 'run')];
      const replace = (path: string, text: string): void => {
        fs.writeFileSync(path + '.new', text);
        fs.renameSync(path + '.new', path);
      };
      fs.rmSync(join(etc, 'resolv.conf'));
      fs.writeFileSync(join(run, 'secret'), '');
      fs.writeFileSync(join(run, 'stub'), 'nameserver 192.0.2.1\n');
      fs.symlinkSync(join(run, 'stub'), join(etc, 'resolv.conf'));
      const options = [
        '-H',
        '/NULL/',
        '-Mdirect',
        '-t0',
        '-w0',
        '-W',
        source,
        '-S',
        '/bin/sh',
        '--',
        '-c',
        LOOK,
        'sh',
        run,
      ];
      const daemon = new Daemon(
        scope,
        elsewhere({ '/etc': etc }, [...words, ...commandOf('clsync'), ...options]),
      );
      await daemon.logged(/nameserver 192\.0\.2\.1\n[^]*end\n/);
      replace(join(etc, 'hosts'), '192.0.2.2 moved\n');
      replace(join(run, 'stub'), 'nameserver 192.0.2.3\n');
      replace(join(etc, 'group'), 'late:x:4321:\n');
      // The originals are looked at soon after they have changed.
      let changes = 0;
      await daemon.until(
        'a handler that sees all that is new',
        () => {
          fs.writeFileSync(join(source, 'file'), String(changes++));
          return /(^|\n)192\.0\.2\.2 moved\nnameserver 192\.0\.2\.3\nlate:x:4321:\n/.test(
            daemon.stdout,
          );
        },
        { every: 300 },
      );
      // The link is replaced by another link.
      fs.writeFileSync(join(run, 'other'), 'nameserver 192.0.2.4\n');
      fs.symlinkSync(join(run, 'other'), join(etc, 'link'));
      fs.renameSync(join(etc, 'link'), join(etc, 'resolv.conf'));
      await daemon.until(
        'what the new link leads to',
        () => {
          fs.writeFileSync(join(source, 'file'), String(changes++));
          return daemon.stdout.includes('nameserver 192.0.2.4\n');
        },
        { every: 300 },
      );
      assert.doesNotMatch(
        daemon.stdout,
        who === 'a user with several groups' ? /hurt/ : /secret|hurt/,
      );
      await daemon.stop();
      assert.doesNotMatch(fs.readFileSync(join(etc, 'hosts'), 'utf8'), /hurt/);
    },
  );

test(
  'handlers keep their name, which is that of the starter to other hosts, when /etc/passwd changes',
  { skip: needsMounts() || needsRoot, timeout: DEADLINE },
  async (scope) => {
    const [etc, base] = [copyOfEtc(scope), temporaryDirectory(scope)];
    const source = subdirectory(base, 'source');
    const passwd = join(etc, 'passwd');
    const look = 'echo "$(id -un) $(id -u) $(grep -c late: /etc/passwd)"';
    const options = ['-Mdirect', '-t0', '-w0', '-W', source, '-D', 'host.invalid:/there'];
    const daemon = new Daemon(
      scope,
      elsewhere({ '/etc': etc }, [
        ...[...commandOf('clsync'), '-H/NULL/', ...options, '-S', '/bin/sh', '--', '-c', look],
      ]),
    );
    await daemon.logged(/^root [1-9]\d* 0$/m);
    fs.writeFileSync(`${passwd}.new`, `${fs.readFileSync(passwd, 'latin1')}late:x:4321:4321::/:\n`);
    fs.renameSync(`${passwd}.new`, passwd);
    let changes = 0;
    await daemon.until(
      'the new database',
      () => {
        fs.writeFileSync(join(source, 'file'), String(changes++));
        return /^\S+ \d+ 1$/m.test(daemon.stdout);
      },
      { every: 300 },
    );
    assert.match(daemon.stdout, /^root [1-9]\d* 1$/m);
  },
);
