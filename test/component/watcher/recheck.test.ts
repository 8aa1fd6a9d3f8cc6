/** Changes that the kernel does not report are found by comparison (`--recheck-interval`). */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PAGES, mapped, needsPython } from '../../harness/mapped.js';
import { until } from '../../harness/until.js';
import { covers, scratch, Watched } from './support.js';
import type { Told } from './support.js';

for (const detail of ['recursive', 'objects'] as const)
  test(
    `a write to a mapped file has no event, and is found by comparison: ${detail}`,
    { skip: needsPython },
    async () => {
      using directory = scratch();
      mkdirSync(`${directory.path}/d`);
      const path = `${directory.path}/d/f`;
      using file = await mapped(path);
      using unchecked = new Watched(directory.path, { detail });
      using checked = new Watched(directory.path, { detail, recheckInterval: 100 });
      for (const watched of [unchecked, checked]) await watched.message('walked');
      await unchecked.quiet();
      unchecked.told();
      // What is new may be told without a write, once or twice.
      for (let page = 0; page < PAGES; page++) {
        checked.told();
        await file.write();
        const told = new Map<string, Told>();
        await until('the change to be told', () => {
          for (const [name, one] of checked.told()) told.set(name, one);
          return covers(told, 'd/f');
        });
      }
      await unchecked.quiet();
      assert.deepEqual([...unchecked.told()], [], 'the kernel does report it: no need to compare');
      assert.match(readFileSync(path, 'latin1'), /more/);
    },
  );
