/**
 * The table of all options. The command line, the configuration file, `%option%` substitution, the
 * control socket, the manual page, completion and `--help` are made from it. src/master/settings
 * has the meaning of the values.
 */
import { BASICS } from './basics.js';
import { CONFINEMENT } from './confinement.js';
import { HANDLING } from './handling.js';
import { MIRRORING } from './mirroring.js';
import type { Row, ValueOf } from './row.js';
import { nearestOf } from './nearest.js';
import { SYNCING } from './syncing.js';

export const OPTIONS = {
  ...BASICS,
  ...SYNCING,
  ...HANDLING,
  ...MIRRORING,
  ...CONFINEMENT,
} as const;

export type OptionName = keyof typeof OPTIONS;
/** Every option with its typed value. */
export type Options = { readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]> };

export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

export function optionRow(name: OptionName): Row {
  return OPTIONS[name];
}

/** The option a long name means, aliases included. */
export function findOption(name: string): OptionName | undefined {
  if (Object.hasOwn(OPTIONS, name)) return name as OptionName;
  return OPTION_NAMES.find((candidate) => optionRow(candidate).aliases?.includes(name));
}

/** The options that an abbreviated long name may stand for: those of the C program, if any. */
export function candidates(prefix: string): readonly OptionName[] {
  const all = OPTION_NAMES.filter((name) =>
    [name, ...(optionRow(name).aliases ?? [])].some((known) => known.startsWith(prefix)),
  );
  const known = all.filter((name) => optionRow(name).added !== true);
  return known.length > 0 ? known : all;
}

/** The option with the name most similar to `name`; undefined when none is similar. */
export function nearest(name: string): OptionName | undefined {
  return nearestOf(name, OPTION_NAMES);
}
