/** `--help` and `--version`. */
import { readFileSync } from 'node:fs';
import { FILES } from '../../shared/layout.js';
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

/** The options by group, one line each. */
export function helpText(): string {
  const lines = [
    'Usage: clsync -M MODE -W DIR [-D DIR] [-S HANDLER] [OPTION...] [-- HANDLER-ARGUMENTS]',
    `       clsync ctl [--socket PATH|--name NAME|--all] [--json] COMMAND [ARGUMENT...]`,
    `         ${CONTROL_WORDS.map((word) => word.toLowerCase()).join(' ')}`,
    '',
  ];
  lines.push(
    'Mirror a directory and keep it mirrored:',
    '       clsync -Mmirror -W SOURCE -D DESTINATION',
  );
  const supported = OPTION_NAMES.filter((name) => !optionRow(name).unsupported);
  const width = supported.reduce((widest, name) => Math.max(widest, usage(name).length), 0) + 2;
  for (const group of GROUPS) {
    const names = supported.filter((name) => optionRow(name).group === group);
    if (names.length > 0) lines.push('', `${group}:`);
    for (const name of names)
      lines.push(usage(name).padEnd(width) + optionRow(name).help + defaultOf(optionRow(name)));
  }
  return lines.join('\n') + '\n\nThe manual page clsync(1) says more.\n';
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
