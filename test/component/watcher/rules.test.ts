import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Rule, WatcherSettings } from '../../../src/shared/settings.js';
import { scratch, Watched } from './support.js';

/** Parses rules such as `+f^a$`, as a rules file has them. */
function rules(...lines: readonly string[]): Rule[] {
  return lines.map((text, index) => ({
    allow: text[0] === '+',
    kind: text[1] as Rule['kind'],
    pattern: fromText(text.slice(2)),
    line: index + 1,
  }));
}

/**
 * Makes files and the directories above them, starts a watcher, and returns the changes of the
 * initial walk.
 */
async function initial(
  root: string,
  files: readonly string[],
  settings: Partial<WatcherSettings>,
): Promise<{ watched: Watched; refused: string[]; told: string[] }> {
  for (const file of files) {
    mkdirSync(dirname(`${root}/${file}`), { recursive: true });
    writeFileSync(`${root}/${file}`, '');
  }
  const watched = new Watched(root, settings);
  await watched.message('walked');
  const ruled = [...watched.ruled()];
  return {
    watched,
    refused: ruled
      .filter(([, ruling]) => ruling === 'refused')
      .map(([path]) => path)
      .sort(),
    told: [...watched.told().keys()].sort(),
  };
}

const FILES = ['passwd', 'shadow', 'ssh/sshd_config', 'ssh/key', 'other/deep/file'];

test('refusals are sent, topmost only, beside the recursive root', async () => {
  using directory = scratch();
  const list = rules('+f^passwd$', '+f^ssh/sshd_config$', '+d^$', '+d^ssh$', '-*');
  const { watched, refused, told } = await initial(directory.path, FILES, { rules: list });
  using _ = watched;
  assert.deepEqual(told, ['']);
  assert.deepEqual(refused, ['other', 'shadow', 'ssh/key']);
  assert.equal(watched.control.counters.directories, 2);
});

test('object by object, only changes that the rules allow are sent', async () => {
  using directory = scratch();
  const list = rules('+f^passwd$', '+f^ssh/sshd_config$', '+W^$', '+W^ssh$', '-*');
  const { watched, told } = await initial(directory.path, FILES, {
    rules: list,
    detail: 'objects',
  });
  using _ = watched;
  assert.deepEqual(told, ['passwd', 'ssh/sshd_config']);
});

test('the first rule that concerns an action decides it', async () => {
  using directory = scratch();
  const { watched, refused } = await initial(directory.path, ['a', 'ab', 'b'], {
    rules: rules('+fb', '-fa', '+f^a'),
  });
  using _ = watched;
  assert.deepEqual(refused, ['a']);
});

test('changes of refused paths are not sent, of a refused directory none at all', async () => {
  using directory = scratch();
  const { watched } = await initial(directory.path, ['no/f', 'yes/f'], {
    rules: rules('-d^no$', '-f\\.tmp$'),
  });
  using _ = watched;
  for (const file of ['no/f', 'no/g', 'yes/f', 'yes/x.tmp'])
    writeFileSync(`${directory.path}/${file}`, 'x');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], ['yes/f']);
  assert.deepEqual([...watched.ruled()], [['yes/x.tmp', 'refused']]);
  rmSync(`${directory.path}/yes/x.tmp`);
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], []);
  assert.deepEqual([...watched.ruled()], [['yes/x.tmp', 'released']]);
});

test('-w: a directory is synced, its content is not walked', async () => {
  using directory = scratch();
  const { watched, refused } = await initial(directory.path, ['d/f', 'd/e/g', 'x'], {
    rules: rules('-W^d$'),
  });
  using _ = watched;
  assert.deepEqual(refused, ['d/e', 'd/f']);
  writeFileSync(`${directory.path}/d/f`, 'x');
  await watched.quiet();
  assert.equal(watched.told().size, 0);
});

test('-m: a directory is walked, but its events are ignored', async () => {
  using directory = scratch();
  const { watched, told } = await initial(directory.path, ['d/f', 'd/e/g'], {
    rules: rules('-m^d$'),
    detail: 'objects',
  });
  using _ = watched;
  assert.deepEqual(told, ['', 'd', 'd/e', 'd/e/g', 'd/f']);
  writeFileSync(`${directory.path}/d/f`, 'x');
  writeFileSync(`${directory.path}/d/e/g`, 'x');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], ['d/e/g']);
  // This is an event of the directory above.
  chmodSync(`${directory.path}/d`, 0o700);
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], ['d']);
});

test('-s: a directory is not synced, its content is', async () => {
  using directory = scratch();
  const { watched, told } = await initial(directory.path, ['d/f'], {
    rules: rules('-s^d$'),
    detail: 'objects',
  });
  using _ = watched;
  assert.deepEqual(told, ['', 'd/f']);
});

test(
  'changed rules: released paths are synced, newly refused ones are refused, and nothing ' +
    'else is told',
  async () => {
    using directory = scratch();
    const { watched } = await initial(
      directory.path,
      ['in/a/f', 'out/f', 'same/f', 'x.log', 'y.txt'],
      // A write to `out`, while it still has a watch, would lead to a search for other names.
      { rules: rules('-d^in$', '-f\\.log$'), trackHardLinks: false },
    );
    using _ = watched;
    watched.control.setRules(rules('-d^out$', '-f\\.txt$'));
    await watched.message('rulesDone');
    await watched.quiet();
    const told = watched.told();
    const flags = Object.fromEntries([...told].map(([path, entry]) => [path, entry.flags]));
    assert.deepEqual(flags, { in: EntryFlag.recursive, 'x.log': 0 });
    assert.deepEqual(Object.fromEntries(watched.ruled()), {
      in: 'released',
      out: 'refused',
      'x.log': 'released',
      'y.txt': 'refused',
    });
    writeFileSync(`${directory.path}/in/a/f`, 'x');
    writeFileSync(`${directory.path}/out/f`, 'x');
    await watched.quiet();
    assert.deepEqual([...watched.told().keys()], ['in/a/f']);
  },
);

test('a full initial sync includes refused paths, later events follow the rules', async () => {
  using directory = scratch();
  const { watched, told } = await initial(directory.path, ['no/f', 'yes/f'], {
    rules: rules('-d^no$'),
    detail: 'objects',
    fullInitial: true,
  });
  using _ = watched;
  assert.deepEqual(told, ['', 'no', 'no/f', 'yes', 'yes/f']);
  writeFileSync(`${directory.path}/no/f`, 'x');
  writeFileSync(`${directory.path}/yes/f`, 'x');
  await watched.quiet();
  assert.deepEqual([...watched.told().keys()], ['yes/f']);
});

test('a skipped initial sync sends no change for existing objects', async () => {
  using directory = scratch();
  for (const detail of ['recursive', 'objects'] as const) {
    const { watched, told } = await initial(directory.path, ['d/f'], { skipInitial: true, detail });
    using _ = watched;
    assert.deepEqual(told, []);
  }
});

test('the error of a bad expression is that of regcomp(3)', () => {
  using directory = scratch();
  assert.throws(() => new Watched(directory.path, { rules: rules('-f(') }), /Unmatched/);
});
