/** The tests of the options of one table of cases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionRow } from '../../../src/master/options/table.js';
import type { OptionName } from '../../../src/master/options/table.js';
import { DEADLINE } from '../../harness/until.js';
import { needsRoot } from '../../harness/user.js';
import type { Case } from './case.js';
import { FORMS, Run } from './run.js';
import type { Form } from './run.js';

/** Each option has its effect in each of its forms, and no effect when it is not given. */
export function testEffects(cases: Readonly<Record<string, Case>>): void {
  for (const [name, own] of Object.entries(cases)) testEffect(name as OptionName, own);
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

export function hasForm(name: OptionName, form: Form): boolean {
  return form !== 'short' || optionRow(name).short !== undefined;
}
