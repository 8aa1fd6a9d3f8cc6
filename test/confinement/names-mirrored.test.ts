/** Hostile file names in every mode that mirrors: the mirror is exact, nothing is executed. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { display, fromText } from '../../src/shared/bytes.js';
import { Mirror } from '../harness/mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { CANARY, HOSTILE_NAMES, makeHostileTree } from './hostile-names.js';
import { compile, BEFORE, AFTER } from './recording.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE };

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
