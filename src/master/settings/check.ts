/** Refuses combinations of options that make no sense: the rows of `CONFLICTS`. */
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { MODE_TRAITS } from '../../shared/modes.js';
import type { Mode } from '../../shared/modes.js';
import { namesIn } from '../../shared/substitution.js';
import { optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import { CONFLICTS } from './conflicts.js';
import type { Question } from './conflict.js';
import type { Resolved } from './resolve.js';

/** Throws `ClsyncError` for the first combination that makes no sense. */
export function checkCombinations(
  { values, given, origin }: Resolved,
  mode: Mode,
  words: readonly BytePath[] | undefined,
): void {
  const { destination, loaded } = MODE_TRAITS[mode];
  const ownArguments = words !== undefined;
  const isNamed = words?.some((word) => namesIn(word).includes('destination-dir'));
  const has = (name: OptionName): boolean => {
    const value: unknown = values[name];
    return Array.isArray(value)
      ? value.length > 0
      : name === 'socket-mod'
        ? value !== undefined
        : Boolean(value);
  };
  const is: Question = Object.assign(has, {
    mode: MODE_TRAITS[mode],
    given: new Set([...given].filter((name) => has(name) && !isUsual(name, values[name]))),
    threading: values.threading,
    ownArguments,
    isBlind: !loaded && !(isNamed ?? destination),
    pivotRoot: values['pivot-root'],
    settle: values.settle,
    settleLimit: values['settle-limit'],
    mirrorSetid: values['mirror-setid'],
    mirrorDevices: values['mirror-devices'],
    view: values['handler-view'],
  });
  const conflict = CONFLICTS.find(({ when }) => when(is));
  if (conflict !== undefined)
    throw new ClsyncError(
      'CONFLICT',
      origin(conflict.option),
      conflict.because,
      conflict.remedy ?? 'leave one out',
    );
}

/** A choice cannot be switched off otherwise. */
function isUsual(name: OptionName, value: unknown): boolean {
  const { kind, default: usual } = optionRow(name);
  return kind === 'choice' && value === usual;
}
