/** The manual pages: prose from templates, options from the table, in the macros of man(7). */
import { modesWith } from '../shared/modes.js';
import { OPTION_NAMES, optionRow } from '../master/options/table.js';
import type { OptionName } from '../master/options/table.js';
import { GROUPS } from '../master/options/row.js';
import { HOME_FILE, SYSTEM_FILES } from '../master/settings/config-file.js';

/** The day of the page changes with its prose, not with every build. */
const DATE = '2026-11-26';

export function manualPage(template: string, version: string): string {
  return template
    .replace('@DATE@', DATE)
    .replace('@VERSION@', version)
    .replace('@ARGUMENT_MODES@', () => argumentModes().join('\n'))
    .replace('@OPTIONS@', () => sections(entry).join('\n'))
    .replace('@KEYS@', () => sections(key).join('\n'))
    .replace('@FILES@', () => [`~/${HOME_FILE}`, ...SYSTEM_FILES].map(escape).join(', '));
}

function argumentModes(): string[] {
  const modes = modesWith(({ loaded }) => !loaded);
  return modes.flatMap((mode, index) => {
    const left = modes.length - 1 - index;
    if (left === 1) return [`.B ${mode}`, 'and'];
    return [`.BR ${mode} ${left === 0 ? '.' : ','}`];
  });
}

function sections(entryOf: (name: OptionName) => readonly string[]): string[] {
  return GROUPS.flatMap((group) => {
    const names = OPTION_NAMES.filter((name) => optionRow(name).group === group);
    const entries = names.flatMap(entryOf);
    return entries.length === 0 ? [] : [`.SS ${group}`, ...entries];
  });
}

/** What is for the command line alone is no key. */
function key(name: OptionName): string[] {
  const { help, argument, kind, unsupported } = optionRow(name);
  if (unsupported === true || COMMANDS.includes(name)) return [];
  const value = argument ?? (kind === 'flag' || kind === 'counter' ? '1' : 'VALUE');
  const lines = [
    '.TP',
    `\\fB${escape(name)}\\fR = \\fI${escape(value)}\\fR`,
    escape(sentence(help)),
    ...defaultLine(name),
    ...marks(name),
  ];
  return lines.map(protect);
}
const COMMANDS: readonly OptionName[] = [
  'help',
  'version',
  'config-file',
  'config-block',
  'check-config',
  'explain-sandbox',
];

function entry(name: OptionName): string[] {
  const { short, help, manual, unsupported, unsupportedChoices, aliases } = optionRow(name);
  const forms = [
    ...(short === undefined ? [] : [`\\fB\\-${short}\\fR`]),
    ...[name, ...(aliases ?? [])].map((long) => `\\fB\\-\\-${escape(long)}\\fR`),
  ];
  const lines = ['.TP', `${forms.join(', ')}${argument(name)}`, escape(sentence(help))];
  if (manual !== undefined) lines.push(escape(manual));
  if (unsupportedChoices !== undefined)
    lines.push(escape(`Not supported yet: ${unsupportedChoices.join(', ')}.`));
  if (unsupported) lines.push('Not supported yet: giving it is an error.');
  for (const line of [...defaultLine(name), ...marks(name)]) lines.push(line);
  return lines.map(protect);
}

function argument(name: OptionName): string {
  const row = optionRow(name);
  if (row.argument === undefined)
    return row.kind === 'flag' || row.kind === 'counter' ? '' : ' \\fIVALUE\\fR';
  const value = `\\fI${escape(row.argument)}\\fR`;
  return row.kind === 'flag' || row.kind === 'counter' || row.bare !== undefined
    ? `[=${value}]`
    : ` ${value}`;
}

function defaultLine(name: OptionName): string[] {
  const { default: text, kind, compatDefault } = optionRow(name);
  if (kind === 'flag') return text === '1' ? ['On by default.'] : [];
  const compat = compatDefault === undefined ? '' : `; with --compat, ${compatDefault}`;
  return text === undefined || text === '' ? [] : [`Default: ${escape(text + compat)}.`];
}

/** Whether it can change while the daemon runs, and be another for each destination. */
function marks(name: OptionName): string[] {
  const { runtime, byDestination } = optionRow(name);
  return [
    ...(runtime === undefined ? [] : ['.RI [ running ]']),
    ...(byDestination === undefined ? [] : ['.RI [ "by destination" ]']),
  ];
}

function sentence(help: string): string {
  const text = help[0]?.toUpperCase() + help.slice(1);
  return /[.!?]$/.test(text) ? text : text + '.';
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line that begins with a dot or an apostrophe would be a request. */
function protect(line: string): string {
  return /^['.]/.test(line) && !/^\.(?:TP|SS|RI)\b/.test(line) ? '\\&' + line : line;
}
