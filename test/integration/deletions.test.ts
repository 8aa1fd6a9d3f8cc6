/** Deletions that are held while the source looks as if something had gone wrong there. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Ctl } from '../harness/ctl.js';
import { HandlerTrial } from '../harness/handler-trial.js';
import { lists } from '../harness/listing.js';
import { Mirror } from '../harness/mirror.js';
import type { MirrorOptions } from '../harness/mirror.js';
import { mountAt } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { killAll } from '../harness/processes.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };
const EMPTY =
  /error: deletions are held: the watch directory is empty, and 3 names would be deleted;/;
const LET_GO = /deletions are no longer held/;

interface Held {
  readonly mirror: Mirror;
  readonly ctl: Ctl;
  status(): string;
  info(): string;
}

const filled = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);

/** Makes files `f0`, `f1`, … */
function fill(directory: string, count: number): void {
  for (const name of filled(count)) fs.writeFileSync(`${directory}/${name}`, name.slice(1));
}

function empty(directory: string): void {
  for (const name of fs.readdirSync(directory)) fs.rmSync(`${directory}/${name}`);
}

function start(scope: Scope, options: readonly string[] = [], more: MirrorOptions = {}): Held {
  const own = temporaryDirectory(scope);
  const socket = `${own}/socket`;
  const mirror = new Mirror(scope, {
    ...more,
    options: ['--socket', socket, '--status-file', `${own}/status`, ...options],
  });
  const ctl = new Ctl(own);
  return {
    mirror,
    ctl,
    status: () => fs.readFileSync(`${own}/status`, 'utf8'),
    info: () => {
      const { status, stdout, stderr } = ctl.ask('INFO');
      assert.equal(status, 0, stderr);
      return stdout;
    },
  };
}

/** A base whose destination has three files that the source has not. */
function filledBase(scope: Scope): string {
  const base = temporaryDirectory(scope);
  fill(subdirectory(base, 'destination'), 3);
  return base;
}

test(
  'an empty source does not empty the mirror at the start: it is said once, additions go on, ' +
    'and approval lets the deletions go',
  LIMIT,
  async (scope) => {
    const { mirror, ctl, status, info } = start(scope, [], { base: filledBase(scope) });
    const { source, destination, daemon } = mirror;
    await daemon.logged(EMPTY);
    await daemon.until('the status', () => status() === 'deletions held');
    assert.match(info(), /; deletions held == 3 \(the watch directory is empty, and 3 names/);
    fs.writeFileSync(`${source}/new`, 'new');
    await lists(daemon, destination, ['f0', 'f1', 'f2', 'new']);
    fs.rmSync(`${source}/new`);
    fs.writeFileSync(`${source}/other`, 'other');
    // A later deletion is held, too.
    await lists(daemon, destination, ['f0', 'f1', 'f2', 'new', 'other']);
    assert.equal(daemon.stderr.match(/deletions are held/g)?.length, 1);
    ctl.order('approve');
    await mirror.equal();
    await daemon.logged(LET_GO);
    await daemon.until('the status', () => status() === 'running');
    assert.doesNotMatch(info(), /held/);
    fs.rmSync(`${source}/other`);
    await mirror.equal();
  },
);

test('an empty source and an empty destination are nothing to hold', LIMIT, async (scope) => {
  const { mirror } = start(scope);
  await mirror.daemon.logged(/initial sync done/);
  fs.writeFileSync(`${mirror.source}/one`, '');
  await mirror.equal();
  fs.rmSync(`${mirror.source}/one`);
  await mirror.equal();
  assert.doesNotMatch(mirror.daemon.stderr, /held/);
});

test(
  'a disk that is mounted over the empty source later lets go by itself',
  { ...LIMIT, skip: needsMounts() },
  async (scope) => {
    const { mirror, status } = start(scope, [], { base: filledBase(scope) });
    const { source, destination, daemon } = mirror;
    await daemon.logged(EMPTY);
    await daemon.until('the status', () => status() === 'deletions held');
    const disk = temporaryDirectory(scope);
    for (const name of ['f0', 'f1', 'last']) fs.writeFileSync(`${disk}/${name}`, name);
    mountAt(scope, ['--bind', disk], source);
    await mirror.equal();
    assert.deepEqual(fs.readdirSync(destination), ['f0', 'f1', 'last']);
    await daemon.until('the status', () => status() === 'running');
  },
);

test(
  'a source that is emptied at once keeps its mirror, also when the roles start again; few names may go',
  LIMIT,
  async (scope) => {
    const { mirror, ctl } = start(scope, [], { prepare: (source) => fill(source, 12) });
    const { source, destination, daemon } = mirror;
    await mirror.equal();
    await ctl.together(filled(12), () => empty(source));
    await daemon.logged(/the watch directory is empty, and 12 names would be deleted/);
    killAll(daemon.processes().filter(({ command }) => /executor/.test(command)));
    await daemon.logged(/starting again in/);
    fs.writeFileSync(`${source}/new`, '');
    await lists(daemon, destination, [...filled(12), 'new']);
    ctl.order('approve');
    await mirror.equal();
    fill(source, 5);
    await mirror.equal();
    empty(source);
    await mirror.equal();
  },
);

test('names that are there again are not held any longer', LIMIT, async (scope) => {
  const { mirror, ctl } = start(scope, [], { prepare: (source) => fill(source, 12) });
  const { source, daemon } = mirror;
  await mirror.equal();
  await ctl.together(filled(12), () => empty(source));
  await daemon.logged(/the watch directory is empty, and 12 names/);
  fill(source, 12);
  await daemon.logged(LET_GO);
  await mirror.equal();
  fs.rmSync(`${source}/f7`);
  await mirror.equal();
});

test(
  'nothing is deleted while the required file is missing; it lets go when it is back',
  LIMIT,
  async (scope) => {
    const { mirror, ctl } = start(scope, ['--require-file=.mounted'], {
      prepare: (source) => (fill(source, 3), fs.writeFileSync(`${source}/.mounted`, '')),
    });
    const { source, destination, daemon } = mirror;
    await mirror.equal();
    fs.rmSync(`${source}/.mounted`);
    await daemon.logged(/deletions are held: --require-file: .*\/source\/\.mounted is not there/);
    fs.rmSync(`${source}/f0`);
    fs.writeFileSync(`${source}/f1`, 'changed');
    await daemon.until(
      'the change',
      () => fs.readFileSync(`${destination}/f1`, 'utf8') === 'changed',
    );
    await lists(daemon, destination, [...filled(3), '.mounted']);
    fs.writeFileSync(`${source}/.mounted`, '');
    ctl.order('flush');
    await daemon.logged(LET_GO);
    await mirror.equal();
  },
);

test('a required file out of the watch directory is refused', LIMIT, async (scope) => {
  for (const [path, exit] of [
    ['../x', 22],
    ['/etc/passwd', 22],
  ] as const) {
    const { mirror } = start(scope, [`--require-file=${path}`]);
    assert.equal((await mirror.daemon.exited).code, exit);
    assert.match(mirror.daemon.stderr, /--require-file: .* is not in the watch directory/);
  }
});

for (const [limit, said] of [
  ['4', /6 names would be deleted, --max-delete is 4;/],
  ['20%', /6 names of 20 would be deleted, --max-delete is 20%;/],
] as const) {
  test(`--max-delete=${limit} holds what is more, and nothing else`, LIMIT, async (scope) => {
    const { mirror, ctl } = start(scope, ['-t1', `--max-delete=${limit}`], {
      prepare: (source) => {
        fill(source, 14);
        fs.mkdirSync(`${source}/d`);
        fill(`${source}/d`, 5);
      },
    });
    const { source, destination, daemon } = mirror;
    await mirror.equal();
    // One entry, six names.
    fs.renameSync(`${source}/d`, `${mirror.base}/elsewhere`);
    await daemon.logged(said);
    fs.rmSync(`${source}/f0`);
    await daemon.until('the other deletion', () => !fs.existsSync(`${destination}/f0`));
    await lists(daemon, `${destination}/d`, filled(5));
    ctl.order('SET', 'max-delete', '100%');
    await mirror.equal();
    await daemon.logged(LET_GO);
  });
}

test('an initial sync that would delete too much deletes nothing', LIMIT, async (scope) => {
  const base = filledBase(scope);
  const { mirror, ctl } = start(scope, ['--max-delete=2'], {
    base,
    prepare: (source) => fs.writeFileSync(`${source}/own`, ''),
  });
  await mirror.daemon.logged(/3 names would be deleted, --max-delete is 2/);
  await lists(mirror.daemon, mirror.destination, [...filled(3), 'own']);
  ctl.order('approve');
  await mirror.equal();
});

test(
  'a run that ends by itself says what it holds and fails; 100% lets it go',
  LIMIT,
  async (scope) => {
    const base = filledBase(scope);
    const hook = `${base}/hook`;
    fs.writeFileSync(
      hook,
      '#!/bin/sh\necho "$CLSYNC_EXIT_STATUS $CLSYNC_HELD_DELETIONS $CLSYNC_HELD_REASON"\n',
      { mode: 0o755 },
    );
    const options = ['--only-initialsync', '--exit-hook', hook];
    const first = start(scope, options, { base }).mirror;
    assert.equal((await first.daemon.exited).code, 75);
    assert.match(first.daemon.stderr, EMPTY);
    await first.daemon
      .logged(/75 3 the watch directory is empty, and 3 names would be deleted/)
      .catch((error: unknown) => assert.fail(String(error)));
    assert.equal(fs.readdirSync(first.destination).length, 3);
    const second = start(scope, [...options, '--max-delete=100%'], { base }).mirror;
    assert.equal((await second.daemon.exited).code, 0);
    assert.deepEqual(fs.readdirSync(second.destination), []);
  },
);

/** Handlers of other modes; each prints the deletions it is given, and mirrors nothing. */
const HANDLERS: Readonly<Record<string, { words: readonly string[]; script: string }>> = {
  simple: { words: ['-Msimple'], script: 'test -e "$4" || echo "gone: ${4##*/}"' },
  direct: {
    words: ['-Mdirect'],
    script: 'for f; do test -e "$f" || echo "gone: $f"; done',
  },
  shell: {
    words: ['-Mshell'],
    script: 'while read -r a b c f; do test -e "./$f" || echo "gone: $f"; done <"$3"',
  },
  rsyncshell: {
    words: ['-Mrsyncshell'],
    script: 'while read -r f; do test -e ".${f%/\\*\\*\\*}" || echo "gone: ${f#/}"; done <"$3"',
  },
};

for (const [mode, { words, script }] of Object.entries(HANDLERS)) {
  test(
    `mode ${mode}: deletions are handed over once they are approved, the rest at once`,
    LIMIT,
    async (scope) => {
      const trial = new HandlerTrial(scope);
      fill(trial.source, 12);
      const destination = subdirectory(trial.base, 'destination');
      const handler = trial.script('handler', `#!/bin/sh\n${script}\ntrue\n`);
      const socket = `${trial.base}/socket`;
      const daemon = trial.start(
        ...[...words, '-S', handler, '-D', destination, '--socket', socket],
        ...['--require-file=file', '-t1'],
      );
      await daemon.logged(/initial sync done|synced/);
      fs.rmSync(`${trial.source}/file`);
      fs.rmSync(`${trial.source}/f3`);
      await daemon.logged(/deletions are held: --require-file/);
      fs.writeFileSync(`${trial.source}/new`, '');
      await daemon.logged(/deletions are held[^]*synced \d path/);
      assert.doesNotMatch(daemon.stdout, /gone/);
      new Ctl(trial.base).order('approve');
      await daemon.logged(/gone: f3/);
      await daemon.logged(/gone: file/);
    },
  );
}
