/** What cannot be together with several destinations, or not yet. */
import { modesWith } from '../../shared/modes.js';
import { inWords } from '../options/in-words.js';
import type { OptionName } from '../options/table.js';
import type { Conflict, Question } from './conflict.js';

/** Each would take a place, or a state, for each destination. */
const NOT_YET: readonly OptionName[] = [
  'lists-dir',
  'backup-dir',
  'two-way',
  'compat',
  'chroot',
  'mountpoints',
  'handler-io',
];
const COPIES = inWords(modesWith(({ rsync, copies }) => rsync === 'mode' || copies));

const conflict = (when: (is: Question) => boolean, because: string): Conflict => ({
  option: 'also-to',
  when: (is) => is('also-to') && when(is),
  because,
});

/** The rows of several destinations. */
export const ALSO_TO: readonly Conflict[] = [
  conflict((is) => !is('destination-dir'), 'needs --destination-dir, the first destination'),
  conflict(
    ({ mode }) => mode.rsync !== 'mode' && !mode.copies,
    `is not supported yet in other modes than ${COPIES}`,
  ),
  conflict(
    ({ ownArguments }) => ownArguments,
    'is not supported yet with arguments for the handler',
  ),
  ...NOT_YET.map((option) =>
    conflict((is) => is(option), `is not supported yet together with --${option}`),
  ),
  conflict(({ view }) => view === 'host', 'is not supported yet together with --handler-view=host'),
];
