/** The tasks of README.md, each run exactly as it is printed there. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { copyOfEtc, elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { read } from '../harness/running-mirror.js';
import { needsSshd, startSshd } from '../harness/servers.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

/** By the heading above each. */
const TASKS = new Map(
  (/^## Six tasks\n(.*?)^## /ms.exec(fs.readFileSync(`${FILES.root}README.md`, 'utf8'))?.[1] ?? '')
    .split(/^### /m)
    .slice(1)
    .map((text): [string, string] => {
      const [title = '', ...lines] = text.split('\n');
      const block = lines.filter((line) => line.startsWith('    '));
      return [title, block.map((line) => `${line.slice(4)}\n`).join('')];
    }),
);

interface Place {
  readonly base: string;
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** An empty directory, with `clsync` among the programs. */
function place(scope: Scope): Place {
  const at = temporaryDirectory(scope);
  const [base, home, programs] = ['trial', 'home', 'programs'].map((name) =>
    subdirectory(at, name),
  ) as [string, string, string];
  const command = commandOf('clsync').map((word) => `'${word}'`);
  fs.writeFileSync(`${programs}/clsync`, `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`, {
    mode: 0o755,
  });
  const { RSYNC_RSH, ...others } = process.env;
  const environment = { ...others, HOME: home, PATH: `${programs}:${others.PATH}` };
  return { base, home, environment };
}

const shellWith = (block: string): readonly string[] => ['/bin/sh', '-e', '-c', block];

/** Each is given the place and the running block. */
const SHOWS: Readonly<Record<string, (base: string, daemon: Daemon) => Promise<void>>> = {
  'Keep a copy of a directory': async (base, daemon) => {
    await arrives(daemon, `${base}/site/file`, `${base}/copy/file`);
  },
  'Push one configuration to many servers': async (base, daemon) => {
    for (const [index, server] of ['web1', 'web2'].entries())
      await arrives(daemon, `${base}/conf/file${index}`, `${base}/${server}/file${index}`);
    for (const server of ['web1', 'web2'])
      await daemon.until(server, () => fs.readdirSync(`${base}/${server}`).length === 2);
  },
  'Give what is uploaded the right mode': async (base, daemon) => {
    const mode = (name: string): number | undefined => {
      const found = fs.statSync(`${base}/site/${name}`, { throwIfNoEntry: false });
      return found === undefined ? undefined : found.mode & 0o777;
    };
    await daemon.until('the start', () => mode('') === 0o750);
    for (const name of ['one', 'two']) {
      fs.writeFileSync(`${base}/site/${name}`, name);
      fs.chmodSync(`${base}/site/${name}`, 0o666);
      await daemon.until(name, () => mode(name) === 0o640);
      fs.rmSync(`${base}/site/${name}`);
    }
  },
  'Rebuild when sources change': async (base, daemon) => {
    await daemon.until('the first build', () => read(`${base}/all.txt`) !== '');
    const time = (name: string): number => fs.statSync(`${base}/${name}`).mtimeMs;
    // What is as old as its source is up to date to make, and the clock of files has ticks.
    await daemon.until('a source that is newer', () => {
      fs.writeFileSync(`${base}/src/two`, 'added\n');
      return time('src/two') > time('all.txt');
    });
    await daemon.until('the next build', () => read(`${base}/all.txt`).endsWith('added\n'));
  },
  'Keep two directories equal': async (base, daemon) => {
    await arrives(daemon, `${base}/here/one`, `${base}/there/one`);
    await arrives(daemon, `${base}/there/two`, `${base}/here/two`);
  },
};
const REMOTE = 'Keep a copy on a server, over ssh';

async function arrives(daemon: Daemon, from: string, to: string): Promise<void> {
  await daemon.until('the directories', () => fs.existsSync(from.replace(/\/[^/]*$/, '')));
  fs.writeFileSync(from, from);
  await daemon.until(to, () => read(to) === from);
}

test('every task is run', () => {
  assert.deepEqual([...TASKS.keys()].toSorted(), [...Object.keys(SHOWS), REMOTE].toSorted());
  for (const [title, block] of TASKS) assert.match(block, /clsync/, title);
});

for (const [title, shows] of Object.entries(SHOWS))
  test(title, { timeout: DEADLINE }, async (scope) => {
    const { base, environment } = place(scope);
    const command = shellWith(TASKS.get(title) ?? '');
    await shows(base, new Daemon(scope, command, { cwd: base, environment }));
  });

test(REMOTE, { skip: needsSshd, timeout: DEADLINE }, async (scope) => {
  const { base, home, environment } = place(scope);
  const [server, etc, there] = [
    await startSshd(scope),
    copyOfEtc(scope),
    subdirectory(base, 'there'),
  ];
  // The home directory of the user there.
  const keys = `${server.directory}/authorized`;
  fs.writeFileSync(
    keys,
    `command="cd ${there} && eval \\"$SSH_ORIGINAL_COMMAND\\"" ${fs.readFileSync(keys, 'utf8')}`,
  );
  fs.mkdirSync(`${home}/.ssh`, { mode: 0o700 });
  fs.copyFileSync(`${server.directory}/client`, `${home}/.ssh/id_ed25519`);
  fs.writeFileSync(
    `${home}/.ssh/config`,
    `Host backup.example.org\n  HostName ${server.host}\n  Port ${server.port}\n` +
      '  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n',
  );
  const passwd = fs
    .readFileSync(`${etc}/passwd`, 'latin1')
    .replace(/^(root:[^:]*:0:0:[^:]*):[^:]*/m, `$1:${home}`);
  fs.writeFileSync(`${etc}/passwd`, passwd, 'latin1');
  const command = elsewhere({ '/etc': etc }, shellWith(TASKS.get(REMOTE) ?? ''));
  const daemon = new Daemon(scope, command, { cwd: base, environment });
  await arrives(daemon, `${base}/site/file`, `${there}/site/file`);
});
