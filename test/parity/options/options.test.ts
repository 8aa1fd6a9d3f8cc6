/** Every option of the table has a case beside this file, or is refused in all its forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTION_NAMES, optionRow } from '../../../src/master/options/table.js';
import type { OptionName } from '../../../src/master/options/table.js';
import type { Case } from './case.js';
import { hasForm } from './effects.js';
import { CONFINEMENT_CASES } from './confinement-cases.js';
import { CONTENT_CASES } from './content-cases.js';
import { IDENTITY_CASES } from './identity-cases.js';
import { MIRROR_CASES } from './mirror-cases.js';
import { SCHEDULE_CASES } from './schedule-cases.js';
import { START_CASES } from './start-cases.js';
import { SURFACE_CASES } from './surface-cases.js';
import { FORMS, Run } from './run.js';
import { DEADLINE } from '../../harness/until.js';

const CASES: Readonly<Record<string, Case>> = {
  ...CONFINEMENT_CASES,
  ...CONTENT_CASES,
  ...IDENTITY_CASES,
  ...MIRROR_CASES,
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

for (const name of OPTION_NAMES) if (optionRow(name).unsupported) testRefusal(name);

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
