import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Standby } from '../../../src/master/standby.js';
import { fromText } from '../../../src/shared/bytes.js';
import { errnoError } from '../../../src/shared/system-errors.js';
import { temporaryDirectory } from '../../harness/temporary.js';

test('who asks for the standby file again before the answer is told apart', async (scope) => {
  const file = join(temporaryDirectory(scope), 'standby');
  const look = (): never => {
    throw errnoError('EACCES');
  };
  const standby = new Standby({ knows: () => false, look }, () => undefined);
  const heard: boolean[] = [];
  const ask = (who: string): boolean =>
    standby.ask(
      who,
      () => fromText(file),
      (isThere) => heard.push(isThere),
    );
  assert.deepEqual([ask('one'), ask('one'), ask('two')], [true, false, true]);
  await new Promise(setImmediate);
  writeFileSync(file, '');
  assert.equal(ask('one'), true);
  await new Promise(setImmediate);
  assert.deepEqual(heard, [false, false, true]);
});
