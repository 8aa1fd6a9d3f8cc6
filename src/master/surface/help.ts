/** `--help` and `--version`. */
import { readFileSync } from 'node:fs';
import { FILES } from '../../shared/layout.js';
import { INIT_USAGE } from './first-configuration.js';
import { VERIFY_USAGE } from './verify-usage.js';
import { CONTROL_WORDS } from '../../shared/control.js';
import { OPTION_NAMES, optionRow } from '../options/table.js';
import type { OptionName } from '../options/table.js';
import { GROUPS } from '../options/row.js';
import type { Row } from '../options/row.js';

export function versionText(): string {
  return `clsync ${version()}\n`;
}

/** The version in package.json. */
export function version(): string {
  const { version: number } = JSON.parse(readFileSync(FILES.root + 'package.json', 'utf8')) as {
    version: string;
  };
  return number;
}

const USAGE = [
  'Usage: clsync SOURCE DESTINATION',
  '       clsync -M MODE -W DIR [-D DIR] [-S HANDLER] [OPTION...] [-- HANDLER-ARGUMENTS]',
  `       clsync ctl [--socket PATH|--name NAME|--all] [--json] COMMAND [ARGUMENT...]`,
  `         ${CONTROL_WORDS.map((word) => word.toLowerCase()).join(' ')}`,
  `       ${VERIFY_USAGE}`,
  `       ${INIT_USAGE}`,
  '       clsync web [--listen ADDRESS:PORT|unix:PATH] [--host NAME]...',
  '',
  'The first keeps a copy of a directory, in a directory or at host:path.',
  '',
];

const OF_COMMANDS = {
  init:
    `Usage: ${INIT_USAGE}\n\n` +
    'Writes a block of a configuration (/etc/clsync/clsync.conf for root, ~/.clsync.conf for ' +
    'others), enables\nthe service clsync@NAME where root has it, and says what to run next.\n',
  verify:
    `Usage: ${VERIFY_USAGE}\n\n` +
    'Compares a local copy with its source and prints what differs; --checksum: contents, too; ' +
    '--repair: and\nmakes it equal. Ends with 0: equal, 1: something differs, 2: it could not look.\n',
} as const;

/** What `clsync WORD --help` shows, where no program of the word's own does. */
export function commandHelp([word, ...others]: readonly string[]): string | undefined {
  if (word !== 'init' && word !== 'verify') return undefined;
  return others.some((other) => other === '--help' || other === '-h')
    ? OF_COMMANDS[word]
    : undefined;
}

/** Those that people use most. */
const USED: readonly OptionName[] = [
  'watch-dir',
  'destination-dir',
  'mode',
  'sync-handler',
  'rules-file',
  'config-block',
  'delay-collect',
  'background',
  'socket',
  'log-file',
];

/** Ten options, one line each. */
export function shortHelpText(): string {
  const width = widthOf(USED);
  return [
    ...USAGE,
    ...USED.map((name) => lineOf(name, width)),
    '',
    'clsync --help=all shows all options, and the manual page clsync(1) explains them.',
    '',
  ].join('\n');
}

/** All options by group, one line each. */
export function helpText(): string {
  const lines = [...USAGE.slice(0, -1)];
  const supported = OPTION_NAMES.filter((name) => !optionRow(name).unsupported);
  const width = widthOf(supported);
  for (const group of GROUPS) {
    const names = supported.filter((name) => optionRow(name).group === group);
    if (names.length > 0) lines.push('', `${group}:`);
    for (const name of names) lines.push(lineOf(name, width));
  }
  return lines.join('\n') + '\n\nThe manual page clsync(1) says more.\n';
}

function widthOf(names: readonly OptionName[]): number {
  return names.reduce((widest, name) => Math.max(widest, usage(name).length), 0) + 2;
}

function lineOf(name: OptionName, width: number): string {
  const row = optionRow(name);
  return usage(name).padEnd(width) + row.help + defaultOf(row);
}

function usage(name: OptionName): string {
  const row = optionRow(name);
  const attached = row.kind === 'flag' || row.kind === 'counter' || row.bare !== undefined;
  const argument =
    row.argument === undefined ? '' : attached ? `[=${row.argument}]` : ` ${row.argument}`;
  return `  ${row.short === undefined ? '   ' : `-${row.short},`} --${name}${argument}`;
}

function defaultOf(row: Row): string {
  return row.default === undefined || row.default === '' || row.kind === 'flag'
    ? ''
    : ` [${row.default}]`;
}
