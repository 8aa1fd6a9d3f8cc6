/**
 * A destination whose file system stores times in whole seconds: a restart copies nothing again,
 * and a change within the second is not missed.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon } from '../harness/daemon.js';
import { makeDisk, mountAt, needsDisks } from '../harness/mounts.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const FILES = ['one', 'two', 'directory/three'];

test(
  'a destination without nanoseconds is not copied again at every start',
  { skip: needsDisks, timeout: DEADLINE },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, destination] = [subdirectory(base, 'source'), join(base, 'destination')];
    // ext4 with inodes of 128 bytes, as ext3 has them, stores whole seconds.
    mountAt(scope, ['-o', 'loop', makeDisk(join(base, 'disk'), '-I', '128')], destination);
    fs.mkdirSync(join(source, 'directory'));
    for (const name of FILES) fs.writeFileSync(join(source, name), 'content');
    fs.writeFileSync(join(source, 'last'), '');
    const content = (name: string): string => {
      try {
        return fs.readFileSync(join(destination, name), 'utf8');
      } catch {
        return 'nothing';
      }
    };
    const start = async (...options: readonly string[]): Promise<Daemon> => {
      const daemon = new Daemon(scope, [
        ...commandOf('clsync'),
        '-H',
        '/NULL/',
        '-Mrsyncdirect',
        '-t0',
        '-w0',
        '-W',
        source,
        '-D',
        destination,
        ...options,
      ]);
      await daemon.logged(/initial sync done/);
      return daemon;
    };
    const first = await start();
    assert.deepEqual(
      FILES.map(content),
      FILES.map(() => 'content'),
    );
    assert.ok(
      fs.statSync(join(destination, 'one')).mtimeMs % 1000 === 0,
      'the destination keeps more than seconds',
    );

    // Waits for the beginning of a second, so that both writes are in one.
    await sleep(1_000 - (Date.now() % 1_000));
    for (const text of ['first', 'other']) {
      fs.writeFileSync(join(source, 'one'), text);
      await first.until(text, () => content('one') === text, { every: 5 });
    }
    await first.stop();

    const inodes = (): number[] => FILES.map((name) => fs.statSync(join(destination, name)).ino);
    const before = inodes();
    for (const options of [[], ['--', '%RSYNC-ARGS%', '%watch-dir%/', '%destination-dir%/']]) {
      await (await start(...options)).stop();
      assert.deepEqual(inodes(), before, `copied again, with ${options.join(' ')}`);
    }
    assert.deepEqual(fs.readdirSync(destination).sort(), ['directory', 'last', 'one', 'two']);
  },
);
