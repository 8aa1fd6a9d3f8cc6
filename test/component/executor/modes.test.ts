import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Batch, Entry } from '../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { Driver, Stage } from './driver.js';
import { WHOLE_TREE, entry, refusal } from '../../harness/entries.js';

const stage = new Stage((scratch) =>
  writeFileSync(join(scratch.root, 'record'), RECORD, { mode: 0o755 }),
);

/** The number of entries of the executor's first credit. */
const WINDOW = 32768;

/**
 * Records its surroundings: status, iteration, working directory, arguments, and the list files
 * among these.
 */
const RECORD = `#!/bin/sh
dir=\${0%/*}
{
  printf '%s\\0' "$CLSYNC_STATUS" "$CLSYNC_ITERATION" "$PWD" "$@"
  printf '\\036'
  for word; do case $word in "$dir"/*list.*) cat "$word"; printf '\\036';; esac; done
  printf '\\035'
} >> "$dir/log"
exit $(cat "$dir/exit" 2>/dev/null || echo 0)
`;

interface Call {
  readonly status: string;
  readonly iteration: number;
  readonly directory: string;
  readonly words: readonly string[];
  /** The lines of each list file in the arguments. */
  readonly lists: readonly (readonly string[])[];
}

function calls(): Call[] {
  const log = join(stage.scratch.root, 'log');
  if (!existsSync(log)) return [];
  const records = readFileSync(log, 'latin1').split('\x1d').slice(0, -1);
  return records.map((record) => {
    const [head = '', ...lists] = record.split('\x1e').slice(0, -1);
    const [status = '', iteration = '', directory = '', ...words] = head.split('\0').slice(0, -1);
    return {
      status,
      iteration: Number(iteration),
      directory,
      words,
      lists: lists.map((list) => list.split('\n').slice(0, -1)),
    };
  });
}

function begin(changes: Partial<ExecutorSettings>, ...entries: Entry[]): Promise<void> {
  return beginBatch(changes, { changes: entries });
}

function beginBatch(changes: Partial<ExecutorSettings>, batch: Partial<Batch>): Promise<void> {
  stage.driver = new Driver(
    stage.scratch.settings({ handler: fromText(join(stage.scratch.root, 'record')), ...changes }),
  );
  stage.driver.tell(batch);
  stage.driver.walked();
  return stage.driver.until('the initial sync', () => stage.driver.statuses.includes('running'));
}

function object(path: string, directory = false): Entry {
  return entry(path, directory ? 0x40000100 : 0x100, EntryFlag.initial);
}

function template(...words: string[]): BytePath[] {
  return words.map(fromText);
}

/** Makes regular files: they must exist when lists are made. */
function make(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(stage.scratch.source, name, '..'), { recursive: true });
    writeFileSync(join(stage.scratch.source, name), '');
  }
}

test(
  'simple: a call for every object and event, in order, with the absolute path and the raw ' +
    'mask',
  async () => {
    await begin({ mode: 'simple' }, object('', true), object('f'));
    await stage.driver.sync(entry('f', 256), entry('f', 2), entry('f', 8));
    const root = stage.scratch.source;
    const expected = [
      [1073742080, root],
      [256, `${root}/f`],
      [256, `${root}/f`],
      [2, `${root}/f`],
      [8, `${root}/f`],
    ] as const;
    assert.deepEqual(
      calls().map(({ words }) => words),
      expected.map(([mask, path]) => ['sync', 'nolabel', String(mask), path]),
    );
    assert.deepEqual(
      calls().map(({ status }) => status),
      ['initsync', 'initsync', 'running', 'running', 'running'],
    );
    assert.deepEqual(
      calls().map(({ iteration }) => iteration),
      [0, 0, 1, 1, 1],
    );
    assert.ok(calls().every(({ directory }) => directory === root));
  },
);

test('names are never expanded, and one that begins with a dash is no option', async () => {
  await begin({ mode: 'direct', destination: fromText('/dst') }, object('', true));
  await stage.driver.sync(
    entry('%PID%', 2),
    entry('%%', 2),
    entry('%label%', 2),
    entry('-rf', 2),
    entry('d/-x', 2),
  );
  assert.deepEqual(calls()[0]?.words, ['.', stage.scratch.destination + '/']);
  assert.deepEqual(calls()[1]?.words.slice(0, -1).sort(), [
    '%%',
    '%PID%',
    '%label%',
    './-rf',
    'd/-x',
  ]);
});

test('direct: status and iteration, then the next; substitutions anywhere in words', async () => {
  const words = template(
    'x%INCLUDE-LIST%y',
    '%INCLUDE-LIST%',
    '%TYPE%',
    '%EVENT-MASK%',
    '%nope%',
    'l=%label%',
    '%INCLUDE-LIST-PATH%',
    '%EXCLUDE-LIST-PATH%',
  );
  await begin({ mode: 'direct', handlerArguments: words }, object('', true), object('f'));
  await stage.driver.sync(entry('f', 10));
  const [first, second] = calls() as [Call, Call];
  assert.deepEqual(
    [first.status, first.iteration, second.status, second.iteration],
    ['initsync', 1, 'running', 2],
  );
  assert.deepEqual(
    second.words.filter((_, index) => index !== 6),
    ['xy', 'f', 'synclist', '%EVENT-MASK%', '%nope%', 'l=nolabel', ''],
  );
  assert.deepEqual(second.lists, [['sync nolabel 10 f']]);
});

test('direct: too many paths for one call are split, none is lost', async () => {
  await begin({ mode: 'direct' }, object('', true));
  const names = Array.from({ length: 12_000 }, (_, i) => `${'n'.repeat(250)}${i}`);
  for (let i = 0; i < names.length; i += 4000)
    stage.driver.batch(...names.slice(i, i + 4000).map((name) => entry(name, 2)));
  await stage.driver.until(
    'all syncs',
    () => stage.driver.synced.reduce((sum, { paths }) => sum + paths, 0) === names.length + 1,
  );
  const given = calls()
    .slice(1)
    .map(({ words }) => words.slice(0, -1));
  assert.deepEqual(given.flat().sort(), [...names].sort());
  assert.ok(given.some((words) => words.length > 256));
});

test('direct with recursive sync: the watch directory, absolute', async () => {
  await begin({ mode: 'direct', haveRecursiveSync: true }, WHOLE_TREE);
  assert.deepEqual(calls()[0]?.words, [stage.scratch.source, stage.scratch.destination + '/']);
  assert.equal(calls()[0]?.iteration, 0);
});

test('shell: a list with label, mask and path; simplified on demand; gone afterwards', async () => {
  await begin({ mode: 'shell' }, object('', true), object('f'));
  await stage.driver.sync(entry('d/f', 270));
  assert.deepEqual(calls()[0]?.lists, [['sync nolabel 1073742080 ', 'sync nolabel 256 f']]);
  assert.deepEqual(calls()[1]?.words.slice(0, 2), ['synclist', 'nolabel']);
  assert.deepEqual(calls()[1]?.lists, [['sync nolabel 270 d/f']]);
  const list = calls()[1]?.words[2] as string;
  assert.match(list, /\/clsync-......\/\.clsync-list\./);
  assert.ok(!existsSync(list));
  stage.driver.finish(1);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(
    readdirSync(stage.scratch.root).filter((name) => name.startsWith('clsync-')),
    [],
  );
});

test('shell: simplified lists in a directory of the user, kept on demand', async () => {
  const lists = join(stage.scratch.root, 'lists');
  await begin(
    {
      mode: 'shell',
      synclistSimplify: true,
      dontUnlinkLists: true,
      listsDirectory: fromText(lists),
    },
    object('f'),
  );
  assert.deepEqual(calls()[0]?.lists, [['f']]);
  assert.equal(readFileSync(calls()[0]?.words[2] as string, 'latin1'), 'f\n');
});

test('a lists directory that others may enter is refused', async () => {
  const lists = join(stage.scratch.root, 'lists');
  mkdirSync(lists);
  chmodSync(lists, 0o755);
  stage.driver = new Driver(
    stage.scratch.settings({
      mode: 'shell',
      handler: fromText(join(stage.scratch.root, 'record')),
      listsDirectory: fromText(lists),
    }),
  );
  await stage.driver.until('the error', () => stage.driver.fatal !== undefined);
  assert.match(stage.driver.fatal ?? '', /^LISTS_DIRECTORY: .*chmod 700/);
});

test('shell: a name with a newline cannot forge a line', async () => {
  await begin({ mode: 'shell' }, object('', true));
  await stage.driver.sync(entry('a\nsync nolabel 2 /etc/shadow', 2), entry('b', 2));
  assert.deepEqual(calls()[1]?.lists, [['sync nolabel 2 b']]);
  assert.ok(stage.driver.log.some((line) => /^warning: a\\x0async .* left out/.test(line)));
});

test('shell with recursive sync: initialsync for the tree and each new directory', async () => {
  await begin({ mode: 'shell', haveRecursiveSync: true, delayCollect: 3_600_000 }, WHOLE_TREE);
  await stage.driver.sync(entry('d', 0x40000100, EntryFlag.recursive));
  assert.deepEqual(
    calls().map(({ words }) => words),
    [
      ['initialsync', 'nolabel', stage.scratch.source],
      ['initialsync', 'nolabel', `${stage.scratch.source}/d`],
    ],
  );
  assert.deepEqual(
    calls().map(({ iteration }) => iteration),
    [0, 1],
  );
});

test(
  'rsyncshell: everything at first, then paths with their parents; content of what is new or ' +
    'gone',
  async () => {
    make('a/b/f', 'new/x', 'new/no', 'e*', 'e\\');
    await beginBatch(
      { mode: 'rsyncshell' },
      { changes: [WHOLE_TREE], refused: [refusal('a/secret')] },
    );
    await stage.driver.syncBatch({
      changes: [
        entry('a/b/f', 2),
        entry('gone/f', 512),
        entry('new', 0x40000100, EntryFlag.recursive),
        entry('e*', 2),
        entry('e\\', 2),
      ],
      refused: [refusal('new/no')],
    });
    const [first, second] = calls() as [Call, Call];
    assert.deepEqual(first.words.slice(0, 2), ['rsynclist', 'nolabel']);
    assert.deepEqual(first.lists, [['/***'], ['/a/secret']]);
    assert.deepEqual([...(second.lists[0] ?? [])].sort(), [
      '/a',
      '/a/b',
      '/a/b/f',
      '/e\\',
      '/e\\*',
      '/gone',
      '/gone/***',
      '/new/***',
    ]);
    assert.deepEqual(second.lists[1], ['/new/no']);
    // A new directory counts too.
    assert.deepEqual([first.iteration, second.iteration], [1, 3]);
  },
);

test('rsyncshell, includes preferred: every object by name, no exclude list', async () => {
  make('d/f');
  await begin(
    { mode: 'rsyncshell', rsyncPreferInclude: true },
    object('', true),
    object('d', true),
    object('d/f'),
  );
  assert.equal(calls()[0]?.words.length, 3);
  assert.deepEqual(
    calls()[0]?.lists.map((list) => [...list].sort()),
    [['/d', '/d/f']],
  );
});

test('rsyncshell: long lists are split, each call with its exclude list', async () => {
  make('a', 'b', 'c', 'd');
  await begin(
    { mode: 'rsyncshell', rsyncPreferInclude: true, rsyncInclimit: 2 },
    object('a'),
    object('b'),
    object('c'),
  );
  assert.deepEqual(
    calls().map(({ lists }) => lists),
    [[['/a', '/b']], [['/c']]],
  );
});

test('rsyncdirect: the documented words of %RSYNC-ARGS%, and 24 is no failure', async () => {
  writeFileSync(join(stage.scratch.root, 'exit'), '24');
  await begin(
    { mode: 'rsyncdirect', handlerArguments: template('%RSYNC-ARGS%', '%watch-dir%/', 'there') },
    WHOLE_TREE,
  );
  const [first] = calls() as [Call];
  const [inc, exc] = [
    first.words[first.words.indexOf('--include-from') + 1],
    first.words[first.words.indexOf('--exclude-from') + 1],
  ];
  assert.ok(inc !== undefined && exc !== undefined);
  assert.deepEqual(first.words.slice(-3), ['--exclude=*', stage.scratch.source + '/', 'there']);
  assert.ok(first.words.includes('-aH') && first.words.includes('--delete'));
});

test(
  'rsyncdirect with lists of patterns mirrors, too: a moved directory leaves nothing behind, ' +
    'odd names arrive',
  async () => {
    const names = ['d/deep/f', 'a\nb', 'a\\b', '[x]*', 'plain'];
    make(...names);
    await begin(
      {
        mode: 'rsyncdirect',
        handler: fromText('rsync'),
        handlerArguments: template('%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/'),
      },
      WHOLE_TREE,
    );
    rmSync(join(stage.scratch.source, 'd'), { recursive: true });
    for (const name of names.slice(1)) writeFileSync(join(stage.scratch.source, name), 'new');
    await stage.driver.sync(...names.slice(1).map((name) => entry(name, 2)), entry('d', 64));
    assert.deepEqual(readdirSync(stage.scratch.destination).sort(), names.slice(1).sort());
    for (const name of names.slice(1))
      assert.equal(readFileSync(join(stage.scratch.destination, name), 'utf8'), 'new', name);
  },
);

test(
  'a failing handler ends the daemon with its exit code; the exit hook follows only a ' +
    'complete initial sync',
  async () => {
    symlinkSync('record', join(stage.scratch.root, 'hook'));
    await begin(
      { mode: 'direct', exitHook: fromText(join(stage.scratch.root, 'hook')) },
      object('', true),
    );
    writeFileSync(join(stage.scratch.root, 'exit'), '57');
    stage.driver.batch(entry('f', 2));
    await stage.driver.until('the end', () => stage.driver.finished !== undefined);
    assert.equal(stage.driver.finished?.exit, 57);
    assert.deepEqual(calls().at(-1)?.words, ['nolabel']);
    assert.equal(calls().at(-1)?.status, 'exiting');
  },
);

test('a failed initial sync runs no exit hook', async () => {
  writeFileSync(join(stage.scratch.root, 'exit'), '3');
  stage.driver = new Driver(
    stage.scratch.settings({
      mode: 'direct',
      handler: fromText(join(stage.scratch.root, 'record')),
      exitHook: fromText(join(stage.scratch.root, 'record')),
    }),
  );
  stage.driver.batch(object('', true));
  stage.driver.walked();
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.equal(stage.driver.finished?.exit, 3);
  assert.equal(calls().length, 1);
});

test('ignored exit codes are no failure', async () => {
  writeFileSync(join(stage.scratch.root, 'exit'), '3');
  await begin({ mode: 'direct', ignoredExitCodes: [3] }, object('', true));
  assert.equal(stage.driver.finished, undefined);
});

test('the pre-exit hook runs before one more sync; sync-on-quit empties the queues', async () => {
  const hook = fromText(join(stage.scratch.root, 'record'));
  await begin(
    { mode: 'direct', onlyInitialSync: false, preExitHook: hook, delayCollect: 3_600_000 },
    object('', true),
  );
  stage.driver.onProbe = () => stage.driver.batch(entry('made-by-hook', 2));
  stage.driver.batch(entry('pending', 2));
  stage.driver.finish(1);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.deepEqual(stage.driver.finished, { exit: 0, text: '' });
  assert.deepEqual(calls()[1]?.words, ['nolabel']);
  assert.deepEqual(calls()[2]?.words.slice(0, -1).sort(), ['made-by-hook', 'pending']);
});

test('the standby file holds every sync back, the initial one included', async () => {
  const standby = join(stage.scratch.root, 'standby');
  writeFileSync(standby, '');
  stage.driver = new Driver(
    stage.scratch.settings({
      mode: 'direct',
      handler: fromText(join(stage.scratch.root, 'record')),
      standbyFile: fromText(standby),
    }),
  );
  stage.driver.batch(object('', true));
  stage.driver.walked();
  await stage.driver.until('standing by', () => stage.driver.statuses.includes('hold on'));
  assert.equal(calls().length, 0);
  rmSync(standby);
  await stage.driver.until('the initial sync', () => stage.driver.statuses.includes('running'));
  assert.equal(calls().length, 1);
});

test('an order to end now kills the running handler, within a second', async () => {
  writeFileSync(join(stage.scratch.root, 'slow'), '#!/bin/sh\ntrap "" TERM\nsleep 1000\n', {
    mode: 0o755,
  });
  stage.driver = new Driver(
    stage.scratch.settings({ mode: 'direct', handler: fromText(join(stage.scratch.root, 'slow')) }),
  );
  stage.driver.batch(object('', true));
  stage.driver.walked();
  await stage.driver.until('the start', () => stage.driver.statuses.includes('initsync'));
  const began = performance.now();
  stage.driver.finish(0);
  await stage.driver.until('the end', () => stage.driver.finished !== undefined);
  assert.ok(performance.now() - began < 1000);
  assert.equal(stage.driver.finished?.exit, 0);
});

test('settings change while running; the queues are described', async () => {
  const handler = fromText(join(stage.scratch.root, 'record'));
  await begin(
    { mode: 'direct', delayCollect: 3_600_000, delayCollectBig: 3_600_000 },
    object('', true),
  );
  await stage.driver.until('credit for the root', () => stage.driver.credit === WINDOW + 1);
  stage.driver.batch(entry('waits', 2), entry('waits-big', 2, EntryFlag.big));
  await stage.driver.until('credit for what waits', () => stage.driver.credit === WINDOW + 3);
  stage.driver.describe();
  await stage.driver.until('the dump', () => stage.driver.dumped.size === 7);
  assert.deepEqual(Object.fromEntries(stage.driver.dumped), {
    executor: 'waiting 2\nin hand 0\nfailing 0\n',
    failing: '',
    instance: 'status == running\n',
    'queue/0': '+1\twaits\n',
    'queue/1': '+1\twaits-big\n',
    'queue/2': '',
    'queue/3': '',
  });
  await stage.driver.until('the count', () => stage.driver.backlog.waiting === 2);
  stage.driver.adjust(stage.scratch.settings({ mode: 'direct', handler }));
  await stage.driver.until('the sync', () => stage.driver.synced.length >= 2);
});
