/**
 * A file system that is changed elsewhere, as one of the network is: nobody reports the changes.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { bindElsewhere, needsBindfs, needsFuse } from '../../harness/fuse.js';
import { mountAt } from '../../harness/mounts.js';
import { needsMounts } from '../../harness/offers.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import { until } from '../../harness/until.js';
import { covers, scratch, Watched } from './support.js';
import type { Told } from './support.js';

test(
  'what is changed elsewhere is noticed, written, made or removed',
  { skip: needsFuse || needsBindfs },
  async () => {
    using directory = scratch();
    using elsewhere = scratch();
    const point = `${directory.path}/point`;
    mkdirSync(`${elsewhere.path}/d/deep`, { recursive: true });
    for (const name of ['f', 'd/f']) writeFileSync(`${elsewhere.path}/${name}`, '');
    using _ = bindElsewhere(elsewhere.path, point);
    using watched = new Watched(directory.path, { pollInterval: 100 });
    await watched.message('walked');
    assert.match(watched.records.join('\n'), /^point is in a file system that others change/);
    const noticed = async (path: string, change: () => void): Promise<void> => {
      await watched.quiet();
      const told = new Map<string, Told>();
      watched.told();
      change();
      await until(`${path} to be told`, () => {
        for (const [name, one] of watched.told()) told.set(name, one);
        return covers(told, path);
      });
    };
    // The first comparison tells everything.
    const first = new Set<string>();
    await until('each directory to be told', () => {
      for (const path of watched.told().keys()) first.add(path);
      return ['point', 'point/d', 'point/d/deep'].every((path) => first.has(path));
    });
    await noticed('point/d/f', () => writeFileSync(`${elsewhere.path}/d/f`, 'more'));
    await noticed('point/d/deep/new', () => writeFileSync(`${elsewhere.path}/d/deep/new`, ''));
    await noticed('point/d/f', () => rmSync(`${elsewhere.path}/d/f`));
    mkdirSync(`${elsewhere.path}/made`);
    await until('a new directory to be watched', () => watched.control.counters.directories === 5);
    await noticed('point/made/file', () => writeFileSync(`${elsewhere.path}/made/file`, ''));
  },
);

test(
  'what is written to a layer below an overlay is noticed',
  { skip: needsMounts() },
  async (scope) => {
    const [directory, layers] = [temporaryDirectory(scope), temporaryDirectory(scope)];
    // An overlay cannot be the upper layer, which the temporary directory may lie in.
    mountAt(scope, ['-t', 'tmpfs', 'clsync-test'], layers);
    for (const name of ['lower/d', 'upper', 'work'])
      mkdirSync(`${layers}/${name}`, { recursive: true });
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => `${layers}/${name}`);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    mountAt(scope, ['-t', 'overlay', 'clsync-test', '-o', options], `${directory}/over`);
    using watched = new Watched(directory, { pollInterval: 100 });
    await watched.message('walked');
    await watched.quiet();
    watched.told();
    writeFileSync(`${lower}/d/file`, '');
    await until('it to be told', () => covers(watched.told(), 'over/d/file'));
  },
);
