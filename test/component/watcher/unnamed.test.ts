/**
 * Files that are made without a name (O_TMPFILE), given one (linkat(2)) and written on: the kernel
 * then reports a number.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { until } from '../../harness/until.js';
import { scratch, Watched } from './support.js';

const WRITER = `import os, sys
root = os.open('/', os.O_RDONLY) # with a descriptor, it is linkat(2) that is called
file = os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR, 0o644)
print('open', flush=True)
for line in sys.stdin:
    word, _, path = line.strip().partition(' ')
    if word == 'write': os.write(file, b'x')
    else: os.link('/proc/self/fd/%d' % file, path, src_dir_fd=root)
    print('done', flush=True)
`;
const skip =
  spawnSync('python3', ['--version']).error === undefined ? false : 'needs python3 for linkat(2)';

/** A process with an unnamed file open in `directory`. */
class Writer implements AsyncDisposable {
  private readonly child;
  private readonly answers: AsyncIterator<string>;

  constructor(directory: string) {
    this.child = spawn('python3', ['-c', WRITER, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.answers = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  /** Orders `write` or `link PATH`. Resolves when it is done. */
  async tell(...words: readonly string[]): Promise<void> {
    if (words.length > 0) this.child.stdin.write(words.join(' ') + '\n');
    const { done } = await this.answers.next();
    assert.ok(done !== true, 'the writer has failed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

for (const [modes, settings] of [
  ['rsync', {}],
  ['direct', { detail: 'objects', trackHardLinks: false }],
  ['direct without lstat', { detail: 'objects', trackHardLinks: false, statEntries: false }],
] as const) {
  test(
    `a file made without a name is sent when it is written to, mode ${modes}`,
    { skip },
    async () => {
      using directory = scratch();
      mkdirSync(`${directory.path}/a/b`, { recursive: true });
      await using early = new Writer(`${directory.path}/a`);
      await early.tell();
      await early.tell('link', `${directory.path}/a/b/early`);
      using watched = new Watched(directory.path, settings);
      await watched.message('walked');
      await using late = new Writer(`${directory.path}/a`);
      await late.tell();
      await late.tell('write');
      await late.tell('link', `${directory.path}/late`);
      await watched.quiet();
      assert.deepEqual(
        [...watched.told().keys()].filter(
          (path) => path !== '' && !path.endsWith('early') && !['a', 'a/b'].includes(path),
        ),
        ['late'],
      );
      const tells = async (writer: Writer, path: string): Promise<void> => {
        await writer.tell('write');
        const seen = new Set<string>();
        await until(`${path} to be told`, () => {
          for (const told of watched.told().keys()) seen.add(told);
          return seen.has(path);
        });
        assert.deepEqual([...seen], [path]);
      };
      await tells(late, 'late');
      await tells(early, 'a/b/early');
      renameSync(`${directory.path}/late`, `${directory.path}/a/renamed`);
      await watched.quiet();
      watched.told();
      await tells(late, 'a/renamed');
    },
  );
}

test('a file that never gets a name is not sent, one with such a name is', { skip }, async () => {
  using directory = scratch();
  using watched = new Watched(directory.path);
  await watched.message('walked');
  watched.told();
  await using writer = new Writer(directory.path);
  await writer.tell();
  await writer.tell('write');
  writeFileSync(`${directory.path}/#17`, '');
  await watched.quiet();
  assert.deepEqual(
    [...watched.told().keys()].filter((path) => path !== ''),
    ['#17'],
  );
});
