/**
 * Converts the text a user wrote to a typed value, by the kind of the row. Pure; throws `BadValue`.
 */
import type { BytePath } from '../../shared/bytes.js';
import { EXIT_MEANINGS } from '../../shared/settings.js';
import type { DeleteLimit, ExitCodeRule } from '../../shared/settings.js';
import { nearestOf } from './nearest.js';
import type { MemoryLimit, Row } from './row.js';

/**
 * The reason why a text is not a valid value, as the end of a sentence that begins with the option
 * and the text.
 */
export class BadValue extends Error {
  override readonly name = 'BadValue';

  constructor(
    message: string,
    /** What may have been meant. */
    readonly near?: string,
  ) {
    super(message);
  }
}

const INTEGER = /^[+-]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
const DECIMAL = /^[+-]?([0-9]+\.[0-9]*|\.[0-9]+)$/;
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
/** Fields of `--modification-signature='*'`, see clsync(1). */
const ALL_FIELDS = ['dev', 'ino', 'mode', 'uid', 'gid', 'rdev', 'size', 'atime', 'mtime', 'ctime'];

/** Between the words of an option of the kind words: no word holds it. */
export const WORD_END = '\0';

export function parseValue(row: Row, text: BytePath): unknown {
  switch (row.kind) {
    case 'flag':
      return integer(row, text) !== 0;
    case 'counter':
    case 'number':
      return bounded(row, Math.max(0, integer(row, text)));
    case 'size':
      return size(row, text);
    case 'memory':
      return memory(row, text);
    case 'decimal':
      return bounded(row, decimal(row, text));
    case 'duration':
      return Math.round(seconds(row, text) * 1000);
    case 'octal':
      return octal(text);
    case 'text':
    case 'path':
      return text === '' && row.default === undefined ? undefined : text;
    case 'choice':
      return text === '' ? defaultWord(row) : word(row, text);
    case 'list':
      return text === '' && row.default === undefined ? undefined : list(row, text);
    case 'words':
      return text === '' ? [] : text.split(WORD_END);
    case 'share':
      return share(row, text);
    case 'codes':
      return words(text).map(exitStatus);
    case 'policies':
      return words(text).map(exitCodeRule);
  }
}

function integer(row: Row, text: string): number {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  if (!INTEGER.test(trimmed))
    throw new BadValue(row.kind === 'flag' ? 'is neither 0 nor 1' : 'is not a number');
  const magnitude = trimmed.replace(/^[+-]/, '');
  const value =
    magnitude.length > 1 && /^0[0-7]/.test(magnitude) ? parseInt(magnitude, 8) : Number(magnitude);
  if (!Number.isSafeInteger(value)) throw new BadValue('is too large');
  return trimmed.startsWith('-') ? -value : value;
}

/** Parses a number with a decimal fraction; a negative one counts as 0. */
function decimal(row: Row, text: string): number {
  const trimmed = text.trim();
  return Math.max(0, DECIMAL.test(trimmed) ? Number(trimmed) : integer(row, trimmed));
}

function seconds(row: Row, text: string): number {
  const { named = {} } = row;
  const trimmed = text.trim();
  const words = Object.keys(named);
  if (words.length > 0 && /^[a-z]/i.test(trimmed) && !words.includes(trimmed))
    throw new BadValue(`is neither a number nor ${words.join(' or ')}`, nearestOf(trimmed, words));
  return named[trimmed] ?? bounded(row, decimal(row, text));
}

function bounded(row: Row, value: number): number {
  if (row.maximum !== undefined && value > row.maximum)
    throw new BadValue(`is more than ${row.maximum}`);
  if (row.minimum !== undefined && value < row.minimum)
    throw new BadValue(`is less than ${row.minimum}`);
  return value;
}

function size(row: Row, text: string): number {
  const trimmed = text.trim();
  const unit = UNITS[trimmed.slice(-1).toUpperCase()];
  const value =
    unit === undefined ? integer(row, trimmed) : integer(row, trimmed.slice(0, -1)) * unit;
  if (!Number.isSafeInteger(value)) throw new BadValue('is too large');
  return Math.max(0, value);
}

function memory(row: Row, text: string): MemoryLimit {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'auto') return 'auto';
  if (trimmed === 'none') return 'none';
  const bytes = size(row, trimmed);
  return bytes === 0 ? 'none' : bytes;
}

function share(row: Row, text: string): DeleteLimit | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const unit = trimmed.endsWith('%') ? '%' : '';
  const most = unit === '%' ? decimal(row, trimmed.slice(0, -1)) : integer(row, trimmed);
  if (most < 0 || (unit === '%' && most > 100)) throw new BadValue('is neither N nor N% of 100');
  return { most, unit };
}

function octal(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (!/^[0-7]{1,4}$/.test(trimmed)) throw new BadValue('is not an octal file mode');
  return parseInt(trimmed, 8);
}

function defaultWord(row: Row): unknown {
  return row.default === undefined ? undefined : word(row, row.default);
}

function word(row: Row, text: string): string {
  if (row.choices === undefined || row.choices.includes(text)) return text;
  if (row.unsupportedChoices?.includes(text)) throw new BadValue('is not supported yet');
  throw new BadValue(`is none of ${row.choices.join(', ')}`, nearestOf(text, row.choices));
}

function list(row: Row, text: string): readonly string[] {
  if (text === '*' && row.choices?.includes('mtime')) return ALL_FIELDS;
  return words(text).map((item) => word(row, item));
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function exitCodeRule(text: string): ExitCodeRule {
  const [code = '', word = ''] = text.split('=', 2);
  const meaning = EXIT_MEANINGS.find((known) => known === word);
  if (meaning === undefined)
    throw new BadValue(`is no list of CODE=MEANING (a meaning is ${EXIT_MEANINGS.join(', ')})`);
  if (exitStatus(code) === 0) throw new BadValue('changes the meaning of 0, which is success');
  return { code: exitStatus(code), meaning };
}

function exitStatus(text: string): number {
  if (!/^[0-9]{1,3}$/.test(text) || Number(text) > 255)
    throw new BadValue('is not a list of exit statuses (0 to 255)');
  return Number(text);
}
