/** What tells the directory that was taken from another at the same path. */
import assert from 'node:assert/strict';
import {
  closeSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Changes } from '../../../../src/master/ground/changes.js';
import { Eyes } from '../../../../src/master/ground/eyes.js';
import { NoAnswer } from '../../../../src/master/no-answer.js';
import { Ground } from '../../../../src/master/ground/ground.js';
import { isSame } from '../../../../src/shared/directory-identity.js';
import type { DirectoryIdentity } from '../../../../src/shared/directory-identity.js';
import { Place } from '../../../../src/master/ground/place.js';
import { identifyDescriptor } from '../../../../src/master/native.js';
import type { DirectoryFacts } from '../../../../src/master/native.js';
import { fromText, toBuffer } from '../../../../src/shared/bytes.js';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { atEnd, temporaryDirectory } from '../../../harness/temporary.js';
import { DEADLINE } from '../../../harness/until.js';

const lossOf = (place: Place): string | undefined => place.loss?.code;

test(
  'a place is lost when anything else stands there, and the source is found only where it is ' +
    'the one that was taken',
  (scope) => {
    const base = realpathSync(temporaryDirectory(scope));
    const path = join(base, 'w');
    mkdirSync(path);
    const [source, destination] = [
      new Place('source', fromText(path)),
      new Place('destination', fromText(path)),
    ];
    for (const place of [source, destination]) place.take(place.find());
    writeFileSync(join(path, 'f'), '');
    assert.deepEqual([lossOf(source), lossOf(destination)], [undefined, undefined]);
    renameSync(path, join(base, 'moved'));
    assert.equal(lossOf(source), 'WATCH_DIR_GONE');
    assert.equal(lossOf(destination), 'DESTINATION_GONE');
    mkdirSync(path);
    assert.equal(lossOf(source), 'WATCH_DIR_OTHER', 'another one');
    assert.throws(() => source.find(), { code: 'WATCH_DIR_OTHER' });
    assert.doesNotThrow(() => destination.find());
    rmdirSync(path);
    symlinkSync('moved', path);
    assert.equal(lossOf(source), 'LINK_IN_PLACE');
    assert.throws(() => destination.find(), { code: 'LINK_IN_PLACE' });
  },
);

test(
  'a directory that is removed and made again is another one, even where it gets the same ' +
    'number',
  (scope) => {
    const path = join(realpathSync(temporaryDirectory(scope)), 'w');
    mkdirSync(path);
    const source = new Place('source', fromText(path));
    source.take(source.find());
    rmdirSync(path);
    mkdirSync(path);
    assert.throws(() => source.find(), { code: 'WATCH_DIR_OTHER' });
  },
);

const DISK: DirectoryIdentity = {
  here: '8:17 2',
  inode: '2',
  handle: '0200000000000000',
  born: '1700000000.000000000',
  type: 'ef53',
  id: '6577e62b0be47ef0',
  uuid: '',
  volume: '',
  mounted: 'ext4 /dev/sdb1',
  isMountPoint: true,
  owner: 0,
};
for (const [what, found, same] of [
  [
    'the same disk under another device number',
    { here: '8:33 2', mounted: 'ext4 /dev/sdc1' },
    true,
  ],
  ['another disk', { id: '1111111111111111', born: '1700000001.000000000' }, false],
  [
    'another disk under the same number, where the id is made of it',
    { born: '1700000001.000000000' },
    false,
  ],
  [
    'the mount point underneath',
    { here: '254:0 77', inode: '77', handle: '4d00000000000001', id: '2222222222222222' },
    false,
  ],
  ['another kind of file system', { type: '58465342' }, false],
] as const) {
  test(`the source comes back as ${what}: ${same ? 'it is' : 'it is not the one'}`, () =>
    assert.equal(isSame(DISK, { ...DISK, ...found }), same));
}

test(
  'file systems are told apart by UUID and volume where those are known, by their source ' +
    'where they have no id',
  () => {
    const xfs = { ...DISK, id: '1108000000000000', uuid: 'aa' };
    assert.equal(isSame(xfs, { ...xfs, uuid: 'bb' }), false);
    assert.equal(isSame(xfs, { ...xfs, id: '2108000000000000' }), true);
    const fat = { ...DISK, id: '1108000000000000', handle: '', born: '', volume: '1234-ABCD' };
    assert.equal(isSame(fat, { ...fat, volume: '5678-ABCD' }), false);
    assert.equal(isSame(fat, { ...fat, id: '2108000000000000' }), true);
    const nfs = { ...DISK, id: '', mounted: 'nfs4 server:/export' };
    assert.equal(isSame(nfs, { ...nfs, mounted: 'nfs4 other:/export' }), false);
    assert.equal(isSame(nfs, { ...nfs, here: '0:60 2' }), true);
  },
);

test(
  'a directory that the user accepts is taken although its file system answers late',
  { timeout: DEADLINE },
  async (scope) => {
    const base = realpathSync(temporaryDirectory(scope));
    const [path, other] = [join(base, 'w'), join(base, 'other')];
    for (const directory of [path, other]) mkdirSync(directory);
    const changes = new Changes([fromText(path)]);
    const eyes = new Eyes();
    const told: string[] = [];
    const ground = new Ground(
      { watchDirectory: fromText(path) },
      [],
      changes,
      {
        record: (_level, text) => told.push(text),
        holding: () => undefined,
        restore: () => undefined,
      },
      eyes,
    );
    atEnd(scope, () => changes.close());
    ground.take();
    let isSlow = false;
    eyes.lend((looked) => {
      if (isSlow) throw new NoAnswer(false);
      return factsOf(looked);
    });
    rmdirSync(path);
    renameSync(other, path);
    assert.equal(ground.loss?.code, 'WATCH_DIR_OTHER');
    isSlow = true;
    ground.accept();
    isSlow = false;
    await ground.ready(new AbortController().signal);
    ground.take();
    assert.equal(ground.loss, undefined);
    assert.ok(told.some((text) => /is taken as it is now/.test(text)));
  },
);

function factsOf(path: BytePath): DirectoryFacts {
  const descriptor = openSync(toBuffer(path), 'r');
  try {
    return identifyDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
