/**
 * Every option of the table has its effect in each of its forms, and no effect when it is not
 * given. An option without a case is an error.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTION_NAMES, optionRow } from '../../../src/master/options/table.js';
import type { OptionName } from '../../../src/master/options/table.js';
import { needsRoot } from '../../harness/user.js';
import type { Case } from './case.js';
import { CONFINEMENT_CASES } from './confinement-cases.js';
import { CONTENT_CASES } from './content-cases.js';
import { IDENTITY_CASES } from './identity-cases.js';
import { SCHEDULE_CASES } from './schedule-cases.js';
import { START_CASES } from './start-cases.js';
import { SURFACE_CASES } from './surface-cases.js';
import { FORMS, Run } from './run.js';
import type { Form } from './run.js';
import { DEADLINE } from '../../harness/until.js';

const CASES: Readonly<Record<string, Case>> = {
  ...CONFINEMENT_CASES,
  ...CONTENT_CASES,
  ...IDENTITY_CASES,
  ...SCHEDULE_CASES,
  ...START_CASES,
  ...SURFACE_CASES,
};

test('every option has a case, and every case an option', () => {
  const supported = OPTION_NAMES.filter((name) => !optionRow(name).unsupported);
  assert.deepEqual(
    supported.filter((name) => !(name in CASES)),
    [],
    'options without a case',
  );
  assert.deepEqual(
    Object.keys(CASES).filter((name) => !OPTION_NAMES.includes(name as OptionName)),
    [],
    'cases without an option',
  );
});

for (const name of OPTION_NAMES) {
  if (optionRow(name).unsupported) testRefusal(name);
  const own = CASES[name];
  if (own !== undefined) testEffect(name, own);
}

function testEffect(name: OptionName, own: Case): void {
  const skip = needsRoot || (own.needs?.() ?? false);
  for (const form of FORMS) {
    if (!hasForm(name, form) || own.without?.[form] !== undefined) continue;
    test(
      `--${name} has its effect, given in its ${form} form`,
      { skip, timeout: DEADLINE },
      async (scope) => {
        const run = Run.start(
          scope,
          { name, form, ...(own.value !== undefined && { value: own.value }) },
          own,
        );
        assert.equal(await own.effect(run), own.expected, run.daemon.output);
      },
    );
  }
  if (own.isDefault) return;
  test(`without --${name} the effect is another`, { skip, timeout: DEADLINE }, async (scope) => {
    const run = Run.start(
      scope,
      own.otherwise === undefined ? { name } : { name, form: 'long', value: own.otherwise },
      own,
    );
    const effect = await Promise.resolve(own.effect(run)).catch(
      (error: unknown) => `fails: ${String(error)}`,
    );
    assert.notEqual(effect, own.expected, run.daemon.output);
  });
}

function testRefusal(name: OptionName): void {
  for (const form of FORMS) {
    if (!hasForm(name, form)) continue;
    test(
      `--${name} is refused in its ${form} form: not supported yet`,
      { timeout: DEADLINE },
      async (scope) => {
        const run = Run.start(
          scope,
          { name, form, ...(optionRow(name).kind !== 'flag' && { value: '1' }) },
          {},
        );
        assert.notEqual(await run.ended(), '0');
        assert.match(run.daemon.stderr, /not supported yet/);
        assert.deepEqual(run.calls(), []);
      },
    );
  }
}

function hasForm(name: OptionName, form: Form): boolean {
  return form !== 'short' || optionRow(name).short !== undefined;
}
