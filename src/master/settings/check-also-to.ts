/** What cannot be together with several destinations. */
import { modesWith } from '../../shared/modes.js';
import { inWords } from '../options/in-words.js';
import type { OptionName } from '../options/table.js';
import type { Conflict, Question } from './conflict.js';

/** What makes no sense with several, and why. */
const SINGLE: Readonly<Partial<Record<OptionName, string>>> = {
  'two-way': 'as what one of two copies has changed would come back from the other',
  compat: 'which the C program does not have',
  chroot: 'which shows handlers one prepared directory with one destination in it',
};
const EVENTS = inWords(modesWith(({ sequence }) => sequence));

const conflict = (when: (is: Question) => boolean, because: string, remedy?: string): Conflict => ({
  option: 'also-to',
  when: (is) => is('also-to') && when(is),
  because,
  ...(remedy === undefined ? {} : { remedy }),
});

/** The rows of several destinations. */
export const ALSO_TO: readonly Conflict[] = [
  conflict((is) => !is('destination-dir'), 'needs --destination-dir, the first destination'),
  conflict(
    ({ mode }) => mode.sequence,
    `is not supported in mode ${EVENTS}, as all events would be kept for a destination that is away`,
  ),
  ...Object.entries(SINGLE).map(([option, because]) =>
    conflict((is) => is(option as OptionName), `is not supported with --${option}, ${because}`),
  ),
  conflict(
    ({ isBlind }) => isBlind,
    'needs %destination-dir% among the arguments for the handler, which would be the same for each',
    'give that, or leave --also-to out',
  ),
];
