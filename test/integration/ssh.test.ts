/**
 * ssh finds the starter's keys and settings as when called by hand, and puts its own files where
 * they do no harm.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { compareTrees, describeDifferences } from '../harness/compare.js';
import { Daemon } from '../harness/daemon.js';
import { copyOfEtc, elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { needsSshd, startSshd } from '../harness/servers.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { skip: needsSshd, timeout: DEADLINE };

interface Call {
  readonly options: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Further lines for the settings of ssh, after those that lead to the server. */
  readonly settings?: string;
  /**
   * The watch directory, if not a directory with one file; beneath the copy of /etc, by the name
   * the daemon sees.
   */
  readonly source?: string;
}

/** One sync to an sshd on loopback, with a home directory that only the password database names. */
async function sync(
  scope: TestContext,
  { options, environment = {}, settings = '', source }: Call,
): Promise<void> {
  const [server, base, etc] = [await startSshd(scope), temporaryDirectory(scope), copyOfEtc(scope)];
  const [home, copy] = [subdirectory(base, 'home'), subdirectory(base, 'copy')];
  const watched = source ?? subdirectory(base, 'source');
  if (source === undefined) fs.writeFileSync(join(watched, 'file'), 'x');
  fs.mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  fs.copyFileSync(join(server.directory, 'client'), join(home, '.ssh/id_ed25519'));
  fs.writeFileSync(
    join(home, '.ssh/config'),
    `Host *\n  Port ${server.port}\n  StrictHostKeyChecking no\n  UserKnownHostsFile ` +
      `/dev/null\n${settings}`,
  );
  const passwd = fs
    .readFileSync(join(etc, 'passwd'), 'latin1')
    .split('\n')
    .map((line) => line.replace(/^(root:[^:]*:0:0:[^:]*):[^:]*/, `$1:${home}`));
  fs.writeFileSync(join(etc, 'passwd'), passwd.join('\n'), 'latin1');
  const words = [
    '-H',
    '/NULL/',
    '-Mrsyncdirect',
    '-t0',
    '-w0',
    '--only-initialsync',
    '-W',
    watched,
    '-D',
    `${server.host}:${copy}`,
    ...options,
  ];
  const { HOME, RSYNC_RSH, ...others } = process.env;
  const daemon = new Daemon(scope, elsewhere({ '/etc': etc }, [...commandOf('clsync'), ...words]), {
    environment: { ...others, ...environment },
  });
  const { code } = await daemon.exited;
  assert.equal(code, 0, daemon.stderr);
  const differences = compareTrees(source === undefined ? watched : etc, copy);
  assert.equal(differences.length, 0, describeDifferences(differences));
}

test(
  'without HOME, as in a unit without User=, keys are looked for in the home of the ' +
    'password database',
  LIMIT,
  (scope) => sync(scope, { options: [] }),
);

for (const path of ['~/.ssh/master-%C', '/run/nowhere/%C']) {
  test(
    `connections are not shared even if the settings of ssh ask for it: ControlPath ${path}`,
    LIMIT,
    (scope) =>
      sync(scope, {
        options: [],
        settings: `  ControlMaster auto\n  ControlPath ${path}\n  ControlPersist 60\n`,
      }),
  );
}

test("the user's own remote shell is kept", LIMIT, (scope) =>
  sync(scope, {
    options: [],
    settings: '  ControlMaster auto\n  ControlPath ~/.ssh/%C\n',
    environment: { RSYNC_RSH: 'ssh -o BatchMode=yes' },
  }),
);

test('ssh finds an entry for its uid when the whole host is shown', LIMIT, (scope) =>
  sync(scope, { options: ['--handler-view=host'] }),
);

test(
  'ssh finds an entry for its uid when the password database is mirrored unchanged',
  LIMIT,
  (scope) => sync(scope, { options: [], source: '/etc' }),
);

test(
  'ssh finds an entry for its uid when the password database is granted unchanged',
  LIMIT,
  (scope) => sync(scope, { options: ['--handler-allow', '/etc'] }),
);
