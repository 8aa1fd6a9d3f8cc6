/** The launcher takes what its caller has opened, whatever is at the path by then. */
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { native } from '../../../src/shared/native.js';
import type { Landlock, Opened, Specification } from '../../../src/shared/specification.js';
import { needsNamespaces } from '../../harness/offers.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import type { Scope } from '../../harness/temporary.js';
import { launch, specificationOf } from './launcher-harness.js';

/** A directory with a file, open as descriptor 3 of the launcher; it can be moved away. */
class Subject {
  readonly path: string;
  readonly moved: string;
  readonly descriptor: number;

  constructor(scope: Scope) {
    const base = temporaryDirectory(scope);
    [this.path, this.moved] = [join(base, 'directory'), join(base, 'moved')];
    mkdirSync(this.path);
    writeFileSync(join(this.path, 'file'), 'right');
    this.descriptor = openSync(this.path, 'r');
    scope.after(() => closeSync(this.descriptor));
  }

  get opened(): Opened {
    return { descriptor: 3, path: fromText(this.path) };
  }

  /** Another one takes its place. */
  replace(how: 'directory' | 'link'): void {
    renameSync(this.path, this.moved);
    if (how === 'link') return symlinkSync(this.moved, this.path);
    mkdirSync(this.path);
    writeFileSync(join(this.path, 'file'), 'wrong');
  }

  launch(words: readonly string[], changes: Partial<Specification>): ReturnType<typeof launch> {
    return launch(specificationOf(words, { inherited: [3], ...changes }), {
      extra: [this.descriptor],
    });
  }
}

test('what is inherited for the launcher does not reach the program', async (scope) => {
  const words = ['ls', '/proc/self/fd'].map(fromText);
  const { started, ended } = new Subject(scope).launch([], {
    program: fromText('/bin/ls'),
    arguments: words,
  });
  assert.equal(await started, undefined);
  // 3 is what ls itself opens to list the directory.
  assert.equal((await ended).output, '0\n1\n2\n3\n');
});

test('a working directory is what was opened', async (scope) => {
  const subject = new Subject(scope);
  subject.replace('directory');
  const { started, ended } = subject.launch(['file'], { directoryOpened: subject.opened });
  assert.equal(await started, undefined);
  assert.equal((await ended).output, 'right');
});

for (const how of ['directory', 'link'] as const) {
  for (const freshRoot of [true, false]) {
    test(
      `a ${how} in the place of what was opened is not mounted, ` +
        (freshRoot ? 'into a root of its own' : "in the host's tree"),
      { skip: needsNamespaces() },
      async (scope) => {
        const subject = new Subject(scope);
        subject.replace(how);
        const path = fromText(subject.path);
        const { started } = subject.launch(['/dev/null'], {
          namespaces: { kinds: ['mount', 'pid'] },
          keeper: 'namespace',
          view: {
            freshRoot,
            rows: [{ kind: 'bind', source: path, opened: subject.opened, target: path, set: [] }],
          },
        });
        const failure = await started;
        assert.deepEqual([failure?.step, failure?.errno], ['mounts', constants.errno.ESTALE]);
      },
    );
  }
}

test(
  'a rule of Landlock is for what was opened',
  { skip: native.landlockVersion() === 0 ? 'no Landlock in this kernel' : false },
  async (scope) => {
    const subject = new Subject(scope);
    subject.replace('directory');
    const READ_FILE = 4n;
    const landlock: Landlock = {
      files: READ_FILE,
      network: 0n,
      scoped: 0n,
      onFiles: READ_FILE,
      rules: [
        { path: fromText('/usr'), allowed: READ_FILE },
        { path: fromText(subject.path), opened: subject.opened, allowed: READ_FILE },
      ],
    };
    for (const [directory, output] of [
      [subject.moved, 'right'],
      [subject.path, ''],
    ] as const) {
      const { started, ended } = subject.launch([join(directory, 'file')], { landlock });
      assert.equal(await started, undefined);
      assert.equal((await ended).output, output);
    }
  },
);
