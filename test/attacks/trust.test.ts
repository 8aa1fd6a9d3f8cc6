/**
 * What root's daemon reads and executes, another user must not be able to write or to exchange: he
 * would choose what is done with the rights to mirror every file.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { as, needsRoot, ORDINARY_USER } from '../harness/user.js';
import type { User } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE, skip: needsRoot };
const RSYNC = ['-Mrsyncdirect', '--only-initialsync'];

interface Subject {
  readonly name: string;
  readonly text: (base: string) => string;
  readonly options: (file: string) => readonly string[];
  readonly environment?: (file: string) => NodeJS.ProcessEnv;
}

const script = (base: string): string => `#!/bin/sh\necho . >${base}/copy/mark\n`;
const RULES = '+*\n';
const SUBJECTS: Readonly<Record<string, Subject>> = {
  'a configuration file': {
    name: 'conf',
    text: (base) => `[default]\nexit-hook = ${base}/hook\n`,
    options: (file) => [...RSYNC, '-H', file],
  },
  'the configuration file of the home directory': {
    name: '.clsync.conf',
    text: (base) => `[default]\nexit-hook = ${base}/hook\n`,
    options: () => RSYNC,
    environment: (file) => ({ HOME: file.slice(0, file.lastIndexOf('/')) }),
  },
  'a rules file': { name: 'rules', text: () => RULES, options: (file) => [...RSYNC, '-R', file] },
  'a handler': {
    name: 'handler',
    text: script,
    options: (file) => ['-Mdirect', '--only-initialsync', '-S', file, '--', 'x'],
  },
  'a hook': {
    name: 'exit',
    text: script,
    options: (file) => [...RSYNC, '--exit-hook', file],
  },
  'a plug-in': {
    name: 'plugin.mjs',
    text: (base) =>
      `import { writeFileSync } from 'node:fs';\n` +
      `export function sync() { writeFileSync('${base}/copy/mark', ''); }\n`,
    options: (file) => ['-Mso', '--only-initialsync', '-S', file],
  },
  'an rsync found in PATH': {
    name: 'rsync',
    text: script,
    options: () => RSYNC,
    environment: (file) => ({ PATH: `${file.slice(0, file.lastIndexOf('/'))}:/usr/bin:/bin` }),
  },
};

/** How another user comes to be able to change the file in `place/below`. */
const WAYS: Readonly<Record<string, (place: string, file: string) => void>> = {
  'that another user owns': (_, file) => fs.chownSync(file, ORDINARY_USER.uid, ORDINARY_USER.gid),
  'that others may write to': (_, file) => fs.chmodSync(file, 0o757),
  "below another user's directory": (place) =>
    fs.chownSync(place, ORDINARY_USER.uid, ORDINARY_USER.gid),
  'in a directory that others may write to': (place) => fs.chmodSync(join(place, 'below'), 0o777),
  "behind another user's link": (place) => {
    fs.chmodSync(place, 0o1777);
    fs.renameSync(join(place, 'below'), join(place, 'real'));
    as(ORDINARY_USER, () => fs.symlinkSync('real', join(place, 'below')));
  },
};

class Trial {
  readonly base: string;
  readonly place: string;
  readonly file: string;

  constructor(
    private readonly scope: Scope,
    private readonly subject: Subject,
  ) {
    this.base = temporaryDirectory(scope);
    for (const name of ['source', 'copy', 'place', 'place/below']) subdirectory(this.base, name);
    this.place = join(this.base, 'place');
    this.file = join(this.place, 'below', subject.name);
    fs.writeFileSync(join(this.base, 'source/first'), '');
    fs.writeFileSync(join(this.base, 'hook'), script(this.base), { mode: 0o755 });
    fs.writeFileSync(this.file, subject.text(this.base), { mode: 0o755 });
  }

  start(options: readonly string[] = [], user?: User): Daemon {
    const { base, subject } = this;
    return new Daemon(
      this.scope,
      [
        ...commandOf('clsync'),
        ...['-W', base + '/source', '-D', base + '/copy', ...options],
        ...subject.options(this.file),
      ],
      { user, environment: { ...process.env, HOME: '/', ...subject.environment?.(this.file) } },
    );
  }

  get done(): readonly string[] {
    return fs.readdirSync(join(this.base, 'copy'));
  }
}

for (const [what, subject] of Object.entries(SUBJECTS))
  test(`${what} that others could change is refused`, LIMIT, async (scope) => {
    for (const [way, spoil] of Object.entries(WAYS)) {
      const trial = new Trial(scope, subject);
      spoil(trial.place, trial.file);
      const daemon = trial.start();
      const refusal =
        /^error: .* (is not taken, as others could change what root|is not followed)/m;
      assert.ok([1, 40].includes((await daemon.exited).code ?? 0), `${way}: ${daemon.output}`);
      assert.match(daemon.stderr, refusal);
      assert.deepEqual(trial.done, [], way);
    }
  });

test("what is root's is taken also from a sticky directory", LIMIT, async (scope) => {
  for (const subject of Object.values(SUBJECTS)) {
    const trial = new Trial(scope, subject);
    fs.chmodSync(trial.place, 0o1777);
    const daemon = trial.start();
    assert.equal((await daemon.exited).code, 0, daemon.output);
    assert.notDeepEqual(trial.done, []);
  }
});

test('--trust-files takes them all, but not with --secure-splitting', LIMIT, async (scope) => {
  for (const [what, subject] of Object.entries(SUBJECTS)) {
    const trial = new Trial(scope, subject);
    fs.chownSync(trial.file, ORDINARY_USER.uid, ORDINARY_USER.gid);
    const daemon = trial.start(['--trust-files']);
    assert.equal((await daemon.exited).code, 0, `${what}: ${daemon.output}`);
    assert.notDeepEqual(trial.done, []);
  }
  const refused = new Trial(scope, SUBJECTS['a rules file'] as Subject);
  const daemon = refused.start(['--trust-files', '--secure-splitting']);
  assert.equal((await daemon.exited).code, 22);
  assert.match(daemon.stderr, /trust-files: cannot be used with --secure-splitting/);
});

test('a program in a --chroot that others could change is refused', LIMIT, async (scope) => {
  const trial = new Trial(scope, SUBJECTS['a rules file'] as Subject);
  const program = join(subdirectory(subdirectory(trial.base, 'root'), 'bin'), 'true');
  fs.writeFileSync(program, '', { mode: 0o755 });
  fs.chownSync(program, ORDINARY_USER.uid, ORDINARY_USER.gid);
  const daemon = trial.start(['--chroot', trial.base + '/root', '--exit-hook=/bin/true']);
  assert.equal((await daemon.exited).code, 1);
  assert.match(daemon.stderr, /hook: \/bin\/true is not taken, .* \/bin\/true belongs to user 5/);
});

test('an ordinary user has no .clsync.conf of a third one', LIMIT, async (scope) => {
  const third = { uid: 65_533, gid: 65_533 };
  for (const [owner, code] of [
    [ORDINARY_USER, 0],
    [{ uid: 0, gid: 0 }, 0],
    [third, 1],
  ] as const) {
    const trial = new Trial(
      scope,
      SUBJECTS['the configuration file of the home directory'] as Subject,
    );
    fs.chownSync(trial.base + '/copy', ORDINARY_USER.uid, ORDINARY_USER.gid);
    fs.chownSync(trial.file, owner.uid, owner.gid);
    const daemon = trial.start([], ORDINARY_USER);
    assert.equal((await daemon.exited).code, code, daemon.output);
  }
});

test(
  'an error in a file that not everybody may read does not show what is in it',
  { timeout: DEADLINE },
  async (scope) => {
    for (const [mode, isShown] of [
      [0o600, false],
      [0o644, true],
    ] as const)
      for (const what of ['a rules file', 'a configuration file']) {
        const trial = new Trial(scope, SUBJECTS[what] as Subject);
        fs.writeFileSync(trial.file, 'root:secret\n');
        fs.chmodSync(trial.file, mode);
        const daemon = trial.start();
        assert.notEqual((await daemon.exited).code, 0);
        assert.match(daemon.stderr, new RegExp(`${trial.file}:1: `));
        assert.equal(daemon.stderr.includes('secret'), isShown, daemon.stderr);
      }
  },
);

test('a pipe in the place of a file is not waited for', { timeout: DEADLINE }, async (scope) => {
  for (const what of ['a rules file', 'a configuration file']) {
    const trial = new Trial(scope, SUBJECTS[what] as Subject);
    fs.rmSync(trial.file);
    execFileSync('mkfifo', [trial.file]);
    const daemon = trial.start();
    assert.notEqual((await daemon.exited).code, 0);
    assert.match(daemon.stderr, /it is no regular file/);
  }
});
