import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBuffer, fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import type { ExecutorSettings, Rule } from '../../../src/shared/settings.js';
import { Driver, Stage, bytesBelow } from './driver.js';
import { entry, refusal } from '../../harness/entries.js';

const stage = new Stage();

const NEW = IN.CREATE | IN.MODIFY | IN.CLOSE_WRITE;
const NEW_DIRECTORY = (IN.CREATE | IN.ISDIR) >>> 0;

/**
 * The differences that rsync itself finds: modes, owners, times to the nanosecond, links, and
 * contents.
 */
function differences(): string {
  const options = ['-aHnic', '--modify-window=-1', '--delete', '--out-format=%i %n'];
  return execFileSync(
    'rsync',
    [...options, stage.scratch.source + '/', stage.scratch.destination + '/'],
    {
      encoding: 'latin1',
    },
  );
}

function source(...parts: string[]): string {
  return join(stage.scratch.source, ...parts);
}

function write(path: string, text = path): void {
  writeFileSync(source(path), text);
}

test(
  'the initial sync mirrors the tree, deletes what is stale and leaves out what the rules ' +
    'refuse',
  async () => {
    mkdirSync(source('a/b'), { recursive: true });
    write('a/b/file');
    write('a/[x]*');
    write('back\\slash');
    write('a/ok');
    linkSync(source('a/ok'), source('other-name'));
    writeFileSync(join(stage.scratch.destination, 'stale'), '');
    stage.driver = new Driver(stage.scratch.settings());
    await stage.driver.begin(refusal('a/[x]*'), refusal('back\\slash'));
    assert.deepEqual(stage.driver.synced, [{ paths: 1, initial: true }]);
    assert.deepEqual(stage.driver.statuses, ['initsync', 'running']);
    rmSync(source('a/[x]*'));
    rmSync(source('back\\slash'));
    utimesSync(source('a'), 1, 1);
    utimesSync(source(), 1, 1);
    utimesSync(join(stage.scratch.destination, 'a'), 1, 1);
    utimesSync(join(stage.scratch.destination), 1, 1);
    assert.equal(differences(), '');
  },
);

/** An rsync that refuses absent names, as Debian's 3.2.7-1+deb12u5 does. */
const REFUSING =
  '#!/bin/sh\ncase "$*" in *--delete-missing-args*) echo "invalid file mode 00 for a/b ' +
  '[Receiver]" >&2; exit 2;; esac\nexec rsync "$@"\n';

for (const [which, script] of [
  ['', undefined],
  [' with an rsync that refuses names that are gone', REFUSING],
] as const)
  test(
    `changes arrive${which}: new, deleted and emptied directories, and files that become ` +
      'directories and back',
    async () => {
      const handler = join(stage.scratch.root, 'rsync');
      if (script !== undefined) writeFileSync(handler, script, { mode: 0o755 });
      for (const directory of ['gone/deep/er', 'kept', 'to-file/in'])
        mkdirSync(source(directory), { recursive: true });
      for (const file of [
        'gone/deep/er/f',
        'kept/a',
        'kept/b',
        'to-file/in/f',
        'to-dir',
        'to-link',
      ])
        write(file);
      stage.driver = new Driver(
        stage.scratch.settings(script === undefined ? {} : { handler: fromText(handler) }),
      );
      await stage.driver.begin();
      assert.equal(differences(), '');

      rmSync(source('gone'), { recursive: true });
      rmSync(source('kept/a'));
      rmSync(source('to-file'), { recursive: true });
      write('to-file');
      rmSync(source('to-dir'));
      mkdirSync(source('to-dir/x/y'), { recursive: true });
      write('to-dir/x/y/z');
      rmSync(source('to-link'));
      symlinkSync('/etc', source('to-link'));
      await stage.driver.sync(
        entry('gone/deep/er/f', IN.DELETE),
        entry('kept/a', IN.DELETE),
        entry('to-file', NEW),
        entry('to-file/in/f', IN.DELETE),
        entry('to-dir', NEW_DIRECTORY, EntryFlag.recursive),
        entry('to-link', IN.CREATE),
        entry('to-link/passwd', IN.MODIFY),
      );
      assert.equal(differences(), '');
      assert.ok(lstatSync(join(stage.scratch.destination, 'to-link')).isSymbolicLink());
    },
  );

test('a directory synced whole loses stale entries; refused paths are not copied', async () => {
  mkdirSync(source('d/inner'), { recursive: true });
  write('d/inner/f');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  rmSync(source('d'), { recursive: true });
  mkdirSync(source('d/refused'), { recursive: true });
  mkdirSync(source('d/new/er'), { recursive: true });
  write('d/refused/secret');
  write('d/new/er/f');
  write('d/no');
  await stage.driver.syncBatch({
    changes: [entry('d', NEW_DIRECTORY, EntryFlag.recursive)],
    refused: [refusal('d/refused'), refusal('d/no')],
  });
  rmSync(source('d/refused'), { recursive: true });
  rmSync(source('d/no'));
  utimesSync(source('d'), 1, 1);
  utimesSync(join(stage.scratch.destination, 'd'), 1, 1);
  assert.equal(differences(), '');
});

test(
  'names are bytes: newline, dash, wildcards, per cent, comment signs, invalid UTF-8, 255 ' +
    'bytes',
  async () => {
    stage.driver = new Driver(stage.scratch.settings());
    await stage.driver.begin();
    const names = [
      'new\nline',
      '-rf',
      '--delete',
      '*',
      '[a]?',
      '%PID%',
      '%',
      '#c',
      ';c',
      ' blank ',
      '\xff\xfe',
      'x'.repeat(255),
      'a\\b',
      '\\',
      '+ x',
      '- x',
      '!',
      '~',
      'é',
    ] as BytePath[];
    for (const name of names) writeFileSync(bytesBelow(stage.scratch.source, name), name);
    await stage.driver.sync(...names.map((path) => ({ ...entry('', NEW), path })));
    assert.equal(differences(), '');
    for (const name of names) rmSync(bytesBelow(stage.scratch.source, name));
    await stage.driver.sync(...names.map((path) => ({ ...entry('', IN.DELETE), path })));
    assert.equal(differences(), '');
    assert.equal(execFileSync('ls', ['-A', stage.scratch.destination], { encoding: 'utf8' }), '');
  },
);

test('only what is listed changes: a sibling that is not stays as it is', async () => {
  write('listed');
  write('sibling');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('listed', 'new');
  write('sibling', 'new');
  await stage.driver.sync(entry('listed', NEW));
  assert.equal(readFileSync(join(stage.scratch.destination, 'listed'), 'utf8'), 'new');
  assert.equal(readFileSync(join(stage.scratch.destination, 'sibling'), 'utf8'), 'sibling');
});

test('files swapped by rename or set back are read, though size and time are equal', async () => {
  for (const [name, text] of [
    ['a', 'one'],
    ['b', 'two'],
    ['c', 'old'],
  ] as const) {
    write(name, text);
    utimesSync(source(name), 1000, 1000);
  }
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  renameSync(source('a'), source('t'));
  renameSync(source('b'), source('a'));
  renameSync(source('t'), source('b'));
  write('c', 'new');
  utimesSync(source('c'), 1000, 1000);
  await stage.driver.sync(
    entry('a', IN.MOVED_FROM | IN.MOVED_TO),
    entry('b', IN.MOVED_FROM | IN.MOVED_TO),
    entry('c', IN.MODIFY),
    entry('t', IN.MOVED_TO | IN.MOVED_FROM),
  );
  assert.equal(differences(), '');
});

test('a file of the future replaced by one of the same size and time is read', async () => {
  const future = Date.now() / 1000 + 3e6;
  write('f', 'old');
  utimesSync(source('f'), future, future);
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('f', 'new');
  utimesSync(source('f'), future, future);
  await stage.driver.sync(entry('f', IN.MODIFY));
  assert.equal(differences(), '');
});

test('a file written and set back at once is read', async () => {
  write('f', 'old');
  await sleep(50);
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  const { atimeMs, mtimeMs } = lstatSync(source('f'));
  utimesSync(source('f'), atimeMs / 1000, mtimeMs / 1000);
  await stage.driver.sync(entry('f', IN.ATTRIB));
  write('f', 'new');
  utimesSync(source('f'), atimeMs / 1000, mtimeMs / 1000);
  await stage.driver.sync(entry('f', IN.MODIFY));
  assert.equal(differences(), '');
});

for (const [where, settings] of [
  ['here', () => ({})],
  ['on another host', elsewhere],
] as const)
  test(
    `a full sync finds what was replaced without an event, ${where}, though sizes and times ` +
      'are equal; what is moved in is found at once',
    async () => {
      const fill = (text: string): void => {
        mkdirSync(source('moved'), { recursive: true });
        for (const name of ['f', 'moved/f']) {
          write(name, text);
          utimesSync(source(name), 1000, 1000);
        }
        utimesSync(source('moved'), 1000, 1000);
      };
      fill('new');
      renameSync(source('moved'), join(stage.scratch.root, 'elsewhere'));
      fill('old');
      stage.driver = new Driver(stage.scratch.settings(settings()));
      await stage.driver.begin();
      write('f', 'new');
      utimesSync(source('f'), 1000, 1000);
      rmSync(source('moved'), { recursive: true });
      renameSync(join(stage.scratch.root, 'elsewhere'), source('moved'));
      stage.driver.resync();
      await stage.driver.until('the full sync', () => stage.driver.synced.length === 2);
      assert.equal(differences(), '');
      mkdirSync(join(stage.scratch.root, 'prepared'));
      writeFileSync(join(stage.scratch.root, 'prepared/f'), 'six');
      utimesSync(join(stage.scratch.root, 'prepared/f'), 1000, 1000);
      renameSync(source('moved'), join(stage.scratch.root, 'elsewhere'));
      renameSync(join(stage.scratch.root, 'prepared'), source('moved'));
      await stage.driver.sync(
        entry('moved', (IN.MOVED_FROM | IN.MOVED_TO | IN.ISDIR) >>> 0, EntryFlag.recursive),
      );
      assert.equal(differences(), '');
    },
  );

test('a file checked at one start and found equal is not checked at the next', async () => {
  const lists = join(stage.scratch.root, 'lists');
  const settings = stage.scratch.settings({
    dontUnlinkLists: true,
    listsDirectory: fromText(lists),
  });
  for (const side of [stage.scratch.destination, stage.scratch.source]) {
    mkdirSync(join(side, 'd'));
    for (const name of ['f', 'd/g', 'd']) {
      if (name !== 'd') writeFileSync(join(side, name), 'same');
      utimesSync(join(side, name), 1000, 1000);
    }
    // Longer than one or two ticks of the kernel.
    await sleep(50);
  }
  const listed = (): string[] =>
    readdirSync(lists)
      .filter((name) => name.startsWith('.clsync-list'))
      .map((name) => readFileSync(join(lists, name), 'latin1'));
  stage.driver = new Driver(settings);
  await stage.driver.begin();
  assert.deepEqual(
    listed().map((list) => list.split('\0').sort().join(' ')),
    [' ./d/g ./f'],
  );
  await stage.driver.end();
  for (const name of readdirSync(lists)) rmSync(join(lists, name));
  stage.driver = new Driver(settings);
  await stage.driver.begin();
  assert.deepEqual(listed(), []);
});

test('holes stay holes, at the start and later', async () => {
  const size = 1 << 26;
  const makeHoles = (name: string): void => truncateSync(source(name), size);
  mkdirSync(source('d'));
  for (const name of ['first', 'd/first', 'linked']) {
    write(name);
    makeHoles(name);
  }
  linkSync(source('linked'), source('d/linked'));
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  mkdirSync(source('new'));
  for (const name of ['later', 'new/later']) {
    write(name);
    makeHoles(name);
  }
  await stage.driver.sync(entry('later', NEW), entry('new', NEW_DIRECTORY, EntryFlag.recursive));
  for (const name of ['first', 'd/first', 'linked', 'd/linked', 'later', 'new/later']) {
    const copy = lstatSync(join(stage.scratch.destination, name));
    assert.equal(copy.size, size);
    assert.ok(copy.blocks < 1000, `${name}: ${copy.blocks} blocks`);
  }
  assert.equal(
    lstatSync(join(stage.scratch.destination, 'linked')).ino,
    lstatSync(join(stage.scratch.destination, 'd/linked')).ino,
  );
});

test(
  'a destination on another host that keeps whole seconds is not copied again, and a second ' +
    'write within a second arrives',
  async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      write(name, 'old');
      writeFileSync(join(stage.scratch.destination, name), 'old');
      const seconds = Math.floor(lstatSync(source(name)).mtimeMs / 1000);
      utimesSync(source(name), seconds, seconds + 0.5);
      utimesSync(join(stage.scratch.destination, name), seconds, seconds);
    }
    const inodes = (): number[] =>
      names.map((name) => lstatSync(join(stage.scratch.destination, name)).ino);
    const before = inodes();
    stage.driver = new Driver(stage.scratch.settings(elsewhere()));
    await stage.driver.begin();
    assert.deepEqual(inodes(), before);
    write('a', 'new');
    const { mtimeMs } = lstatSync(join(stage.scratch.destination, 'a'));
    utimesSync(source('a'), mtimeMs / 1000, mtimeMs / 1000 + 0.6);
    await stage.driver.sync(entry('a', NEW));
    assert.equal(readFileSync(join(stage.scratch.destination, 'a'), 'latin1'), 'new');
  },
);

test('hard links are made and broken as in the source', async () => {
  write('a');
  linkSync(source('a'), source('b'));
  write('c');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  rmSync(source('b'));
  write('b', 'b');
  linkSync(source('c'), source('d'));
  await stage.driver.sync(
    entry('a', IN.ATTRIB),
    entry('b', NEW),
    entry('c', IN.ATTRIB),
    entry('d', IN.CREATE),
  );
  assert.equal(differences(), '');
  const inode = (name: string): number => lstatSync(join(stage.scratch.destination, name)).ino;
  assert.equal(inode('c'), inode('d'));
  assert.notEqual(inode('a'), inode('b'));
});

test('the attributes of the root itself are carried', async () => {
  write('f');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  chmodSync(source(), 0o750);
  await stage.driver.sync(entry('', IN.ATTRIB));
  assert.equal(differences(), '');
});

test('files behind a symbolic link that replaced a directory are not copied', async () => {
  mkdirSync(source('d'));
  write('d/f');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  rmSync(source('d'), { recursive: true });
  const outside = join(stage.scratch.root, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'f'), 'secret');
  symlinkSync(outside, source('d'));
  await stage.driver.sync(entry('d/f', IN.MODIFY));
  assert.ok(lstatSync(join(stage.scratch.destination, 'd')).isSymbolicLink());
});

/** The forms of a destination: a local one is compared as a tree, others through rsync. */
const DESTINATIONS: readonly {
  readonly where: string;
  readonly settings: () => Partial<ExecutorSettings>;
}[] = [
  { where: 'here', settings: () => ({}) },
  { where: 'on another host', settings: elsewhere },
  {
    where: 'here, with the arguments of the user',
    settings: () => ({
      handlerArguments: ['%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/'].map(fromText),
    }),
  },
];

function elsewhere(): Partial<ExecutorSettings> {
  return {
    destination: fromText(`host:${stage.scratch.destination}`),
    environment: [`PATH=${process.env['PATH'] ?? ''}`, `RSYNC_RSH=${shell()}`].map(fromText),
  };
}

/** A remote shell in place of ssh: the other host is this one. */
function shell(): string {
  const path = join(stage.scratch.root, 'shell');
  writeFileSync(path, '#!/bin/sh\nshift\nexec sh -c "$*"\n', { mode: 0o755 });
  return path;
}

for (const { where, settings } of DESTINATIONS)
  test(`refused paths that only the destination has, ${where}, is left alone`, async () => {
    const there = (...names: readonly string[]): void => {
      for (const name of names) {
        mkdirSync(dirname(join(stage.scratch.destination, name)), { recursive: true });
        writeFileSync(join(stage.scratch.destination, name), name);
      }
    };
    const left = (): string[] =>
      execFileSync('find', ['.', '-type', 'f'], {
        cwd: stage.scratch.destination,
        encoding: 'latin1',
      })
        .split('\n')
        .filter((name) => name !== '')
        .sort();
    const rule = (kind: Rule['kind'], pattern: string, allow = false): Rule => ({
      allow,
      kind,
      pattern: fromText(pattern),
      line: 1,
    });
    const rules = [
      rule('f', '^kept\\.local$', true),
      rule('f', '\\.local$'),
      rule('d', '^cache$'),
      rule('w', '^closed$'),
    ];
    mkdirSync(source('d/e'), { recursive: true });
    mkdirSync(source('closed'));
    for (const name of ['f', 'd/e/f']) write(name);
    const kept = [
      './a\nb\\#012.local',
      './cache/deep/x',
      './closed/x',
      './d/e/own.local',
      './other.local',
      './stale/in/own.local',
    ].map((name) => name.slice(2));
    there(
      ...kept,
      'kept.local',
      'stale/in/gone',
      'stale/gone',
      'stale too',
      'd/gone',
      'd/old/gone',
    );
    const expected = (...names: readonly string[]): string[] =>
      [...kept, ...names]
        .map((name) => `./${name}`)
        .join('\n')
        .split('\n')
        .sort();
    stage.driver = new Driver(stage.scratch.settings({ rules, ...settings() }));
    await stage.driver.begin(refusal('closed', true));
    assert.deepEqual(left(), expected('f', 'd/e/f'));
    rmSync(source('d/e'), { recursive: true });
    mkdirSync(source('d/new'));
    there('d/new/own.local', 'd/new/gone');
    await stage.driver.sync(
      entry('d/e', (IN.DELETE | IN.ISDIR) >>> 0),
      entry('d/new', NEW_DIRECTORY, EntryFlag.recursive),
    );
    assert.deepEqual(left(), expected('f', 'd/new/own.local'));
  });

/**
 * While the file `leaving` exists, the directory named in it is removed once rsync has its
 * arguments.
 */
const LEAVING = `#!/bin/sh
[ -e "\${0%/*}/leaving" ] && rm -r "$(cat "\${0%/*}/leaving")"
rm -f "\${0%/*}/leaving"
`;

for (const [which, script] of [
  ['', ''],
  [' with an rsync that refuses names that are gone', REFUSING],
] as const)
  test(
    `a directory that goes while others are synced${which} leaves what the rules refuse at ` +
      'the destination',
    async () => {
      const handler = join(stage.scratch.root, 'rsync');
      writeFileSync(handler, LEAVING + (script === '' ? 'exec rsync "$@"\n' : script), {
        mode: 0o755,
      });
      for (const name of ['d', 'e', 'e/i', 'gone'])
        (mkdirSync(source(name)), write(join(name, 'f')));
      for (const name of ['e/old', 'old']) write(name);
      stage.driver = new Driver(
        stage.scratch.settings({
          handler: fromText(handler),
          rules: [{ allow: false, kind: 'f', pattern: fromText('\\.local$'), line: 1 }],
        }),
      );
      await stage.driver.begin();
      const own = (name: string): string => join(stage.scratch.destination, name, 'own.local');
      for (const name of ['d', 'e/i', 'gone']) writeFileSync(own(name), '');
      const leave = (name: string): void =>
        writeFileSync(join(stage.scratch.root, 'leaving'), source(name));
      rmSync(source('e/old'));
      await stage.driver.sync(entry('e/old', IN.DELETE));
      rmSync(source('old'));
      leave('d');
      await stage.driver.sync(entry('old', IN.DELETE));
      assert.ok(lstatSync(own('d')));
      write('e/i/f', 'new');
      leave('e/i');
      await stage.driver.sync(entry('e/i/f', NEW), entry('e', IN.ATTRIB));
      assert.ok(lstatSync(own('e/i')));
      rmSync(source('gone'), { recursive: true });
      await stage.driver.sync(
        entry('gone', IN.DELETE),
        entry('e/i', IN.DELETE),
        entry('d', IN.DELETE),
      );
      for (const name of ['d', 'e/i', 'gone'])
        assert.deepEqual(readdirSync(dirname(own(name))), ['own.local']);
    },
  );

test('a path refused after it changed is left alone, until it is released', async () => {
  mkdirSync(source('d'));
  write('d/f', 'old');
  write('g', 'old');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('d/f', 'new');
  write('g', 'new');
  await stage.driver.syncBatch({
    changes: [entry('d/f', NEW), entry('g', NEW)],
    refused: [refusal('d')],
  });
  assert.equal(readFileSync(join(stage.scratch.destination, 'd/f'), 'utf8'), 'old');
  assert.equal(readFileSync(join(stage.scratch.destination, 'g'), 'utf8'), 'new');
  await stage.driver.syncBatch({
    changes: [entry('d', NEW_DIRECTORY, EntryFlag.recursive)],
    released: [fromText('d')],
  });
  assert.equal(differences(), '');
});

test('a second write of the same size within a second is copied', async () => {
  write('f', 'aaa');
  stage.driver = new Driver(stage.scratch.settings());
  await stage.driver.begin();
  write('f', 'bbb');
  await stage.driver.sync(entry('f', IN.MODIFY));
  assert.equal(differences(), '');
});

test('names outside UTF-8 reach the log in a readable form when rsync complains', async () => {
  stage.driver = new Driver(stage.scratch.settings({ retries: 0 }));
  await stage.driver.begin();
  rmSync(stage.scratch.destination, { recursive: true });
  writeFileSync(stage.scratch.destination, '');
  stage.driver.batch({ ...entry('', NEW), path: fromBuffer(Buffer.from([0xff])) });
  await stage.driver.until('the failure', () =>
    stage.driver.statuses.includes('synchandler error'),
  );
  assert.ok(
    stage.driver.log.some((line) => line.startsWith('error: rsync: ')),
    stage.driver.log.join('\n'),
  );
  assert.ok(
    stage.driver.log.some((line) => line.startsWith('error: the sync of 1 path failed: exit code')),
  );
});

test('lists to be kept are files, one for each run', async () => {
  const lists = join(stage.scratch.root, 'lists');
  stage.driver = new Driver(
    stage.scratch.settings({ dontUnlinkLists: true, listsDirectory: fromText(lists) }),
  );
  await stage.driver.begin(refusal('refused'));
  write('f');
  await stage.driver.sync(entry('f', NEW));
  assert.equal(differences(), '');
  const kept = readdirSync(lists)
    .sort()
    .map((name) => [name.split('.')[1], readFileSync(join(lists, name), 'latin1')]);
  assert.deepEqual(kept, [
    ['clsync-exclist', '/refused\0'],
    ['clsync-list', './f\0'],
  ]);
});

test('an rsync older than 3.5.0 is warned of, once', async () => {
  const old = join(stage.scratch.root, 'rsync');
  writeFileSync(
    old,
    '#!/bin/sh\n[ "$1" = --version ] && echo "rsync  version 3.2.7  protocol version 31" ' +
      '&& exit\nexec rsync "$@"\n',
    { mode: 0o755 },
  );
  stage.driver = new Driver(stage.scratch.settings({ handler: fromText(old) }));
  await stage.driver.begin();
  await stage.driver.until('the warning', () =>
    stage.driver.log.some((line) => /^warning: rsync {2}version 3.2.7: use 3.5.0/.test(line)),
  );
});

test(
  'for an rsync that refuses names that are gone: what is linked elsewhere stays linked, ' +
    'though others beside it are read',
  async () => {
    const handler = join(stage.scratch.root, 'rsync');
    writeFileSync(handler, REFUSING, { mode: 0o755 });
    mkdirSync(source('d'));
    for (const file of ['linked', 'new', 'd/old']) write(file);
    linkSync(source('linked'), source('d/other'));
    stage.driver = new Driver(stage.scratch.settings({ handler: fromText(handler) }));
    await stage.driver.begin();
    renameSync(source('new'), source('d/old'));
    await stage.driver.sync(entry('new', IN.MOVED_FROM), entry('d/old', IN.MOVED_TO));
    assert.equal(differences(), '');
  },
);
