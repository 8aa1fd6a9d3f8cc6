import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCustomSignals } from '../../../src/master/signals.js';

test('signals and blocks', () => {
  assert.deepEqual(
    [...parseCustomSignals('29:debug,28:normal', '-')],
    [
      [29, 'debug'],
      [28, 'normal'],
    ],
  );
  assert.deepEqual([...parseCustomSignals('', '-')], []);
  assert.deepEqual([...parseCustomSignals('29:debug,0,10:x', '-')], [[10, 'x']]);
  assert.deepEqual([...parseCustomSignals('0', '-')], []);
});

for (const text of ['29', 'x:y', '29:', '9:x', '19:x', '99:x', '-1:x']) {
  test(`"${text}" is refused`, () =>
    assert.throws(() => parseCustomSignals(text, '--custom-signals'), {
      code: 'BAD_VALUE',
      exit: 22,
    }));
}
