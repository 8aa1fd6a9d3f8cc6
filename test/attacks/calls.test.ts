/**
 * The call of a handler leaves nothing: no process, whatever sessions and orphans it makes, and no
 * file in /tmp.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { fromText } from '../../src/shared/bytes.js';
import { compileFilter } from '../../src/shared/seccomp/filter.js';
import { launch, specificationOf } from '../component/native/launcher-harness.js';
import { descendants, killAll, mentioning, readProcess, tasksOf } from '../harness/processes.js';
import { needsNamespaces } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { needsRoot, ORDINARY_USER } from '../harness/user.js';
import type { User } from '../harness/user.js';

const LIMIT = { timeout: DEADLINE };

class Trial {
  readonly base: string;

  constructor(
    private readonly scope: Scope,
    private readonly user?: User,
  ) {
    this.base = temporaryDirectory(scope, user);
    for (const name of ['source', 'copy']) subdirectory(this.base, name, user);
    fs.writeFileSync(this.base + '/source/first', '');
  }

  script(name: string, text: string): string {
    fs.writeFileSync(`${this.base}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return `${this.base}/${name}`;
  }

  command(handler: string, ...options: readonly string[]): string[] {
    const directories = ['-W', this.base + '/source', '-D', this.base + '/copy'];
    return [
      ...[...commandOf('clsync'), '-H/NULL/', '-t0', '-w0', '-Mdirect', '-S', handler],
      ...[...directories, ...options, '--', 'x'],
    ];
  }

  start(handler: string, ...options: readonly string[]): Daemon {
    return new Daemon(this.scope, this.command(handler, ...options), { user: this.user });
  }

  read(name: string): string {
    const path = `${this.base}/copy/${name}`;
    return fs.existsSync(path) ? fs.readFileSync(path, 'latin1') : '';
  }
}

const isBelowTmp = ([, top]: readonly string[]): boolean => top === 'tmp';

test(
  'a handler finds nothing in /tmp that another call has left, and only that is removed',
  { ...LIMIT, skip: needsNamespaces() },
  async (scope) => {
    const trial = new Trial(scope);
    const outside = trial.base + '/copy';
    const handler = trial.script(
      'handler',
      `ls -A /tmp >>${outside}/found; echo . >>${outside}/calls
cd /tmp && echo x >file && ln -s ${outside} link && mkfifo fifo && mkdir -p shut/in/it && \
touch shut/in/it/file && chmod 0 shut/in/it shut/in shut && mkdir deep && cd -P deep || exit
for i in $(seq 300); do mkdir ${'d'.repeat(200)} && cd -P ${'d'.repeat(200)} || break; done 2>/dev/null
exit 0`,
    );
    const daemon = trial.start(handler);
    for (let call = 1; call <= 3; call++) {
      // A file that is made and written is one call or two.
      await daemon.until(`call ${call}`, () => trial.read('calls').length >= 2 * call);
      fs.writeFileSync(`${trial.base}/source/${call}`, '');
    }
    // The ways to the directories of the trial and, where they lie there, to the programs and Node.
    const ways = [trial.base, FILES.root, process.execPath]
      .map((path) => path.split('/'))
      .filter(isBelowTmp);
    const found = new Set(trial.read('found').trim().split('\n'));
    assert.deepEqual(found, new Set(ways.map(([, , name]) => name)));
  },
);

test(
  "the host's /tmp is read-only in a handler's view of the host, but for what is granted",
  { ...LIMIT, skip: needsNamespaces() },
  async (scope) => {
    const trial = new Trial(scope);
    const granted = temporaryDirectory(scope);
    const name = trial.base.replaceAll('/', '-');
    const handler = trial.script(
      'handler',
      `sh -c ': >/tmp/${name}'; : >${granted}/file; echo . >>${trial.base}/copy/calls`,
    );
    atEnd(scope, () => fs.rmSync('/tmp/' + name, { force: true }));
    const daemon = trial.start(handler, '--handler-view=host', `--handler-allow=${granted}:rw`);
    await daemon.until(
      'a call',
      () => fs.existsSync(granted + '/file') || trial.read('calls') !== '',
    );
    assert.equal(fs.existsSync('/tmp/' + name), false);
    assert.equal(fs.existsSync(granted + '/file'), true);
  },
);

/** An orphan in a session of its own; one that replaces itself again and again. */
const LEAVES = (base: string): string => `cd ${base}/copy || exit
kill -9 $PPID && : >killed
(setsid env PLACE=${base} sleep 86031 >/dev/null 2>&1 &)
(setsid sh ${base}/source/chain 0 &)
until [ -e chained ]; do :; done
echo done >>calls`;
const CHAIN = (base: string): string => `: >${base}/copy/chained
setsid sh ${base}/source/chain $(($1 + 1)) & exit`;

for (const [who, options, user] of [
  ['a handler', [], undefined],
  ["a handler with the host's view", ['--handler-view=host'], undefined],
  ['a handler of an ordinary user', [], ORDINARY_USER],
] as const)
  test(
    `${who} leaves no process behind, and cannot end what watches over it`,
    { ...LIMIT, skip: user !== undefined && needsRoot },
    async (scope) => {
      const trial = new Trial(scope, user);
      trial.script('source/chain', CHAIN(trial.base));
      const daemon = trial.start(trial.script('handler', LEAVES(trial.base)), ...options);
      await daemon.until('the call', () => trial.read('calls') === 'done\n');
      const left = (): string[] =>
        mentioning(trial.base)
          .map(({ command }) => command)
          .filter((command) => /^(sleep|sh) /.test(command));
      await until('the end of all of it', () => left().length === 0, {
        detail: () => left().join(),
      });
      assert.equal(fs.existsSync(trial.base + '/copy/killed'), false);
      assert.equal(daemon.exit, undefined);
    },
  );

test(
  'of lists on the host nothing stays, whatever a handler did to their directory',
  LIMIT,
  async (scope) => {
    const trial = new Trial(scope);
    const handler = trial.script(
      'handler',
      `lists=$(dirname "$1"); touch $lists/left; chmod 777 $lists; echo $lists >${trial.base}/copy/at`,
    );
    const words = trial.command(handler, '--handler-view=host').slice(0, -1);
    const daemon = new Daemon(scope, [...words, '%INCLUDE-LIST-PATH%']);
    await daemon.until('the call', () => trial.read('at') !== '');
    await daemon.logged(/initial sync done/);
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
    assert.equal(fs.existsSync(trial.read('at').trim()), false, trial.read('at'));
  },
);

const NO_RIGHTS = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };

/** Tries every number of every process and thread. */
const SIGNALS = (base: string): string => `cd ${base}/copy || exit
for task in /proc/[0-9]*/task/[0-9]*; do
  number=\${task##*/}
  for target in $number -$number; do
    kill -s 0 -- $target 2>/dev/null && echo $number >>reached
  done
done
echo $$ >done
exec sleep 86041`;

test(
  'without namespaces and Landlock, a handler of the same user signals nothing of the daemon',
  { ...LIMIT, skip: needsRoot },
  async (scope) => {
    const trial = new Trial(scope, ORDINARY_USER);
    const { uid, gid } = ORDINARY_USER;
    const handler = trial.script('handler', SIGNALS(trial.base));
    const { child } = launch(
      specificationOf([], {
        identity: { uid, gid, groups: [] },
        capabilities: NO_RIGHTS,
        program: fromText(process.execPath),
        arguments: trial.command(handler).map(fromText),
        environment: [fromText('PATH=/usr/bin:/bin')],
        seccomp: compileFilter([
          { action: 'ENOSYS', calls: ['landlock_create_ruleset'] },
          { action: 'EPERM', calls: ['unshare'] },
        ]),
      }),
    );
    const pid = child.pid as number;
    atEnd(scope, () => killAll([...descendants(pid), readProcess(pid)].filter((one) => !!one)));
    await until('the call', () => trial.read('done') !== '');
    const tasks = [pid, ...descendants(pid).map((one) => one.pid)].flatMap(tasksOf);
    assert.ok(tasks.length > 20, tasks.join(' '));
    const reached = new Set(trial.read('reached').split('\n'));
    const own = trial.read('done').trim();
    assert.ok(reached.has(own), 'itself');
    assert.deepEqual(
      tasks.filter((task) => task !== own && reached.has(task)),
      [],
    );
  },
);
