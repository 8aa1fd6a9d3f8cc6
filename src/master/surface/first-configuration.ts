/** What `clsync init` writes, and says. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { dropIn } from '../init-unit.js';
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
  /** Whether it is in the system's configuration. */
  readonly isSystems: boolean;
  /** Whether the unit clsync@.service runs it. */
  readonly isService: boolean;
}

/** What a new file begins with. */
export const HEADER = `# Made by clsync init. The keys are the long options of clsync(1): clsync --help=all lists them.
# One block for each daemon; clsync init adds more, and what they share can stand in a block that
# they name with config-block-inherits.

`;

/** Bytes, as names may be anything. */
export function firstBlock(first: First): string {
  const { block, mode, isLocal, source, destination } = first;
  const socket = `socket = /run/clsync/${block}.sock`;
  const state = `state-dir = /var/lib/clsync/${block}`;
  const compared = isLocal
    ? `# Source and destination are compared once a day, and what differs is named in the log.
# verify-interval = daily
`
    : `# For rsync, beside its own; may be repeated.
# rsync-option = --bwlimit=10m
`;
  return `[${block}]
label = ${block}
mode = ${mode}
watch-dir = ${source}
destination-dir = ${destination}
# Changes are collected for so many seconds before they are synced.
delay-collect = 1
# An outage of the destination never ends the daemon.
retries = 0

# What is not to be copied: a file of rules, such as -f\\.swp$ (see RULES in clsync(1)).
# rules-file = /etc/clsync/${block}.rules
# "clsync ctl --name ${block} status" asks this socket; its directory must be there.
${first.isSystems ? socket : `# ${socket}`}
# With it a start syncs only what has changed since the last one.
${first.isService ? state : `# ${state}`}
# More deletions at once than this are held until "clsync ctl approve".
# max-delete = 1000
${compared}`;
}

/** What was done, and three commands. */
export function nextSteps(first: First): string {
  const { file, isUsual, block, mode, source, destination, isService } = first;
  const named = isUsual ? '' : `--config-file=${quoted(file)} `;
  const run = `clsync ${named}--config-block=${quoted(block)}`;
  const commands = [
    [`${run} --check-config`, 'says whether it is right'],
    [`${run} -v`, 'runs in this terminal until ctrl-C'],
    isService
      ? [`systemctl start clsync@${block}`, 'runs as a service now']
      : [`${run} --background`, 'runs in the background'],
  ] as const;
  const width = commands.reduce((widest, [command]) => Math.max(widest, command.length), 0);
  return [
    `[${block}] is written to ${display(file)}: ${display(source)} -> ${display(destination)}, mode ${mode}.`,
    ...(isService ? [`clsync@${block} is enabled: it starts with the machine.`] : []),
    ...(isService ? inTheWay(first) : []),
    'Next:',
    '',
    ...commands.map(([command, does]) => `    ${command.padEnd(width)}  # ${does}`),
    '',
  ].join('\n');
}

/** What the unit does not let a daemon do, and how to let it. */
function inTheWay({ block, source, destination, isLocal }: First): string[] {
  const lines = dropIn(isLocal ? { source, local: destination } : { source });
  return lines.length === 0
    ? []
    : [
        `Before it starts, "systemctl edit clsync@${block}" has to get these lines, as the unit`,
        'keeps such a directory from the daemon:',
        '',
        ...['[Service]', ...lines].map((line) => `    ${line}`),
        '',
      ];
}

/** As a shell takes it. */
function quoted(word: BytePath): string {
  const shown = display(word);
  return /^[\w./:@-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
