/**
 * Hostile file names in every mode: the handler gets exactly these bytes as data; nothing is
 * executed, expanded or lost.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { display, fromText, ROOT } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { Mirror } from '../harness/mirror.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { CANARY, HOSTILE_NAMES, makeHostileTree } from './hostile-names.js';

const LIMIT = { timeout: 120_000 };
const BEFORE = fromText('before');
const AFTER = fromText('after');

/**
 * A daemon whose handler records its arguments. The handler may write only to the source and to
 * `base/log`.
 */
class Recording {
  readonly source: string;
  readonly daemon: Daemon;
  /** All paths made, which must all be handed over. */
  readonly made: BytePath[];
  private readonly log: string;

  constructor(
    scope: Scope,
    mode: string,
    handler: (log: string) => readonly [name: string, text: string],
    ...options: readonly string[]
  ) {
    const base = temporaryDirectory(scope);
    this.source = subdirectory(base, 'source');
    this.log = subdirectory(base, 'log') + '/calls';
    const [name, text] = handler(this.log);
    fs.writeFileSync(`${base}/${name}`, text, { mode: 0o755 });
    fs.writeFileSync(this.log, '', { mode: 0o666 });
    this.made = [ROOT, ...makeHostileTree(fromText(this.source), BEFORE)];
    const program = name.endsWith('.c') ? compile(base, name) : `${base}/${name}`;
    const words = [
      '-H',
      '/NULL/',
      '-W',
      this.source,
      '-t0',
      '-w0',
      '-M',
      mode,
      '-S',
      program,
      '--handler-allow',
      `${base}/log:rw`,
      ...options,
    ];
    this.daemon = new Daemon(scope, [...commandOf('clsync'), ...words]);
  }

  /**
   * The arguments of each call. If `again`, more names are made once the first ones have been
   * handed over.
   */
  async calls(
    pathsOf: (calls: readonly (readonly string[])[]) => readonly string[],
    expected: (path: BytePath) => string | undefined,
    again = true,
  ): Promise<string[][]> {
    await this.handedOver(pathsOf, expected);
    if (again) {
      this.made.push(...makeHostileTree(fromText(this.source), AFTER));
      await this.handedOver(pathsOf, expected);
    }
    await this.daemon.stop();
    assert.equal(fs.existsSync(`${this.source}/${CANARY}`), false, 'a name was executed');
    return this.read();
  }

  private async handedOver(
    pathsOf: (calls: readonly (readonly string[])[]) => readonly string[],
    expected: (path: BytePath) => string | undefined,
  ): Promise<void> {
    const wanted = new Set(this.made.map(expected).filter((path) => path !== undefined));
    let missing: string[] = [];
    await this.daemon.until(
      'every name in the record',
      () => {
        const found = new Set(pathsOf(this.read()));
        missing = [...wanted].filter((path) => !found.has(path));
        return missing.length === 0;
      },
      { detail: () => missing.map((path) => display(path as BytePath)).join('\n') },
    );
    for (const path of pathsOf(this.read()))
      assert.ok(wanted.has(path), `nothing is called ${display(path as BytePath)}`);
  }

  private read(): string[][] {
    return fs
      .readFileSync(this.log, 'latin1')
      .split('\0<end>\0')
      .slice(0, -1)
      .map((call) => call.split('\0'));
  }
}

function compile(base: string, source: string): string {
  const object = `${base}/handler.so`;
  execFileSync('cc', [
    `-I${FILES.root}include`,
    '-fPIC',
    '-shared',
    '-o',
    object,
    `${base}/${source}`,
  ]);
  return object;
}

/** Records its arguments; `cat` replaces the last one, a list file, by its content. */
const recorder =
  (cat = false) =>
  (log: string): readonly [string, string] => [
    'handler',
    `#!/bin/sh
{
  ${cat ? `cat "$3"; printf '\\0'` : `printf '%s\\0' "$@"`}
  printf '<end>\\0'
} > ${log}.$$ && cat ${log}.$$ >> ${log} && rm ${log}.$$
`,
  ];

const relative = (path: BytePath): string =>
  path === ROOT ? '.' : path.startsWith('-') ? `./${path}` : path;

test('simple', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'simple', recorder());
  const calls = await recording.calls(
    (all) => all.map((words) => words[3] ?? ''),
    (path) => (path === ROOT ? recording.source : `${recording.source}/${path}`),
    false,
  );
  for (const words of calls)
    assert.deepEqual([words.length, words[0], words[1]], [4, 'sync', 'nolabel']);
});

test('direct', LIMIT, async (scope) => {
  const recording = new Recording(
    scope,
    'direct',
    recorder(),
    '--',
    '-x',
    '%INCLUDE-LIST%',
    'in%INCLUDE-LIST%word',
    '%TYPE%',
  );
  const calls = await recording.calls(
    (all) => all.flatMap((words) => words.slice(1, -2)),
    relative,
  );
  for (const words of calls)
    assert.deepEqual([words[0], ...words.slice(-2)], ['-x', 'inword', 'synclist']);
});

test('shell: names that do not fit on a line are left out and reported', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'shell', recorder(true));
  const line = /^sync nolabel \d+ (.*)$/s;
  const lines = (all: readonly (readonly string[])[]): string[] =>
    all.flatMap(([list = '']) => list.split('\n').slice(0, -1));
  await recording.calls(
    (all) => lines(all).map((text) => line.exec(text)?.[1] ?? `no line: ${text}`),
    (path) => (path.includes('\n') ? undefined : path),
  );
  for (const name of HOSTILE_NAMES.filter((candidate) => candidate.includes('\n'))) {
    assert.ok(
      recording.daemon.stderr.includes(`files/${display(name)}: a name with a newline`),
      display(name),
    );
  }
});

test('so, a shared object', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'so', (log) => [
    'handler.c',
    `
    #include <clsync/clsync.h>
    int clsyncapi_sync(int n, api_eventinfo_t *ei) {
      FILE *log = fopen("${log}", "a");
      for (int i = 0; i < n; i++) fwrite(ei[i].path, 1, ei[i].path_len + 1, log);
      fwrite("<end>", 1, 6, log);
      return fclose(log);
    }`,
  ]);
  await recording.calls(
    (all) => all.flat(),
    (path) => path,
  );
});

test('so, a module', LIMIT, async (scope) => {
  const recording = new Recording(scope, 'so', (log) => [
    'handler.mjs',
    `
    import { appendFileSync } from 'node:fs';
    export const sync = (events) => appendFileSync('${log}', Buffer.concat([
      ...events.flatMap(({ path }) => [path, Buffer.of(0)]), Buffer.from('<end>\\0')]));`,
  ]);
  await recording.calls(
    (all) => all.flat(),
    (path) => path,
  );
});

const CLASSIC = ['-aH', '--super', '--delete', '--modify-window=-1', '--force'];

/**
 * Options by title. The handler, unless it is rsync itself, is made from source and destination.
 */
const MIRRORS: Readonly<
  Record<
    string,
    {
      readonly options: readonly string[];
      readonly handler?: (source: string, destination: string) => readonly [string, string];
    }
  >
> = {
  rsyncdirect: { options: [] },
  'rsyncdirect, one sync beside the other': { options: ['--threading=full'] },
  'rsyncdirect with lists in files': {
    options: ['--', '%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/'],
  },
  'rsyncdirect --rsync-prefer-include': { options: ['--rsync-prefer-include'] },
  rsyncshell: {
    options: ['-Mrsyncshell'],
    handler: (source, destination) => [
      'handler',
      `#!/bin/sh\nrsync ${CLASSIC.join(' ')} --exclude-from "$4" --include-from "$3" ` +
        `--exclude='*' ${source}/ ${destination}/ || [ $? = 24 ]\n`,
    ],
  },
  rsyncso: {
    options: ['-Mrsyncso'],
    handler: (source, destination) => [
      'handler.mjs',
      `
      import { spawnSync } from 'node:child_process';
      export const rsync = (include, exclude) =>
        spawnSync('rsync', [${CLASSIC.map((word) => `'${word}'`).join()},
          '--exclude-from', exclude.toString(),
          '--include-from', include.toString(), '--exclude=*', '${source}/',
          '${destination}/'], { stdio: 'inherit' }).status % 24;`,
    ],
  },
  'so with apievinfo2rsynclist()': {
    options: ['-Mso'],
    handler: (source, destination) => [
      'handler.c',
      `
      #include <clsync/clsync.h>
      #include <stdlib.h>
      #include <sys/wait.h>
      static struct indexes *indexes;
      int clsyncapi_init(struct ctx *ctx, struct indexes *given) {
        (void)ctx; indexes = given; return 0;
      }
      int clsyncapi_sync(int n, api_eventinfo_t *ei) {
        FILE *list = fopen("${destination}.list", "w");
        int status;
        apievinfo2rsynclist(indexes, list, n, ei);
        fclose(list);
        status = system("rsync ${CLASSIC.join(' ')} --include-from ${destination}.list "
          "--exclude='*' ${source}/ ${destination}/");
        return WEXITSTATUS(status) % 24;
      }`,
    ],
  },
};

for (const [mode, { options, handler }] of Object.entries(MIRRORS)) {
  test(`${mode}: the mirror is exact`, LIMIT, async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, destination] = [`${base}/source`, `${base}/destination`];
    const words = [...options];
    if (handler !== undefined) {
      const [name, text] = handler(source, destination);
      fs.writeFileSync(`${base}/${name}`, text, { mode: 0o755 });
      words.unshift(
        '-S',
        name.endsWith('.c') ? compile(base, name) : `${base}/${name}`,
        '--handler-allow',
        `${base}:rw`,
      );
    }
    const mirror = new Mirror(scope, {
      base,
      options: words,
      prepare: (root) => makeHostileTree(fromText(root), BEFORE),
    });
    await mirror.equal();
    makeHostileTree(fromText(source), AFTER);
    await mirror.equal();
    // Names beneath a directory that is synced whole, changed, and removed.
    fs.renameSync(`${source}/after`, `${source}/moved`);
    for (const name of HOSTILE_NAMES)
      fs.appendFileSync(
        Buffer.from(`${source}/moved/directories/${name}/${name}`, 'latin1'),
        'more',
      );
    await mirror.equal();
    for (const name of HOSTILE_NAMES)
      fs.rmSync(Buffer.from(`${source}/moved/directories/${name}`, 'latin1'), { recursive: true });
    await mirror.equal();
    await mirror.daemon.stop();
    assert.equal(fs.existsSync(`${source}/${CANARY}`), false, 'a name was executed');
  });
}

for (const words of [[], ['--', '%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/']]) {
  test(
    `refused names are left out, and no others: rsyncdirect ${words.join(' ')}`,
    LIMIT,
    async (scope) => {
      const base = temporaryDirectory(scope);
      fs.writeFileSync(`${base}/rules`, '-*^[a-z]*/(files|links)/.\n');
      const mirror = new Mirror(scope, {
        base,
        options: ['-R', `${base}/rules`, ...words],
        prepare: (root) => makeHostileTree(fromText(root), BEFORE),
      });
      const settled = (): boolean => {
        const differences = mirror
          .differences()
          // refused names change the time of these directories
          .filter(({ path }) => !/^[a-z]*\/(files|links)$/.test(path));
        return differences.every(
          ({ path, what }) =>
            /^[a-z]*\/(files|links)\/./s.test(path) && /is missing at the destination/.test(what),
        );
      };
      const limit = {
        detail: () =>
          mirror
            .differences()
            .map(({ path, what }) => `${display(path)}: ${what}`)
            .slice(0, 20)
            .join('\n'),
      };
      await mirror.daemon.until('all but the refused names', settled, limit);
      // Made elsewhere and moved in: rsync copies names that appear in a directory while it lists
      // it, before the rules can refuse them.
      makeHostileTree(fromText(base), AFTER);
      fs.renameSync(`${base}/after`, `${mirror.source}/after`);
      await mirror.daemon.until('all but the refused names again', settled, limit);
      await mirror.daemon.stop();
      assert.equal(
        mirror.differences().filter(({ path }) => /^[a-z]*\/(files|links)\/./s.test(path)).length,
        4 * HOSTILE_NAMES.length,
      );
    },
  );
}
