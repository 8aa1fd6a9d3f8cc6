/** What `clsync init` writes, and says. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Mode } from '../../shared/modes.js';

export const INIT_USAGE =
  'clsync init SOURCE DESTINATION [--config-file FILE] [--config-block NAME]';

export interface First {
  readonly file: BytePath;
  /** Whether clsync finds the file without being told. */
  readonly isUsual: boolean;
  readonly block: BytePath;
  readonly mode: Mode;
  readonly isLocal: boolean;
  /** Absolute, or on another host. */
  readonly source: BytePath;
  readonly destination: BytePath;
  /** Whether it can be run as a service by the unit clsync@.service. */
  readonly hasUnits: boolean;
}

/** Bytes, as names may be anything. */
export function firstConfiguration(first: First): string {
  const { block, mode, isLocal, source, destination } = first;
  const compared = isLocal
    ? `# Source and destination are compared once a day, and what differs is named in the log.
# verify-interval = daily
`
    : `# For rsync, beside its own; may be repeated.
# rsync-option = --bwlimit=10m
`;
  return `# Made by clsync init. The keys are the long options of clsync(1): clsync --help=all lists them.
# One block for each daemon; more can be added, and what they share can stand in a block that they
# name with config-block-inherits.

[${block}]
mode = ${mode}
watch-dir = ${source}
destination-dir = ${destination}
# Changes are collected for so many seconds before they are synced.
delay-collect = 1
# An outage of the destination never ends the daemon.
retries = 0

# What is not to be copied: a file of rules, such as -f\\.swp$ (see RULES in clsync(1)).
# rules-file = /etc/clsync/${block}.rules
# "clsync ctl --name ${block} status" asks this socket; the directory must be there.
# socket = /run/clsync/${block}.sock
# A start then syncs only what has changed since the last one.
# state-dir = /var/lib/clsync/${block}
# More deletions at once than this are held until "clsync ctl approve".
# max-delete = 1000
${compared}`;
}

/** Three commands. */
export function nextSteps(first: First): string {
  const { file, isUsual, block, mode, source, destination, hasUnits } = first;
  const named = isUsual ? '' : `--config-file=${quoted(file)} `;
  const run = `clsync ${named}--config-block=${quoted(block)}`;
  const commands = [
    [`${run} --check-config`, 'says whether it is right'],
    [`${run} -v`, 'runs in this terminal until ctrl-C'],
    hasUnits
      ? [`systemctl enable --now clsync@${block}`, 'runs as a service from now on']
      : [`${run} --background`, 'runs in the background'],
  ] as const;
  const width = commands.reduce((widest, [command]) => Math.max(widest, command.length), 0);
  return [
    `${display(file)} is written: ${display(source)} -> ${display(destination)}, mode ${mode}. Next:`,
    '',
    ...commands.map(([command, does]) => `    ${command.padEnd(width)}  # ${does}`),
    '',
  ].join('\n');
}

/** As a shell takes it. */
function quoted(word: BytePath): string {
  const shown = display(word);
  return /^[\w./:@-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
