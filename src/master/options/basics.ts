import { MODES, MODE_TRAITS, modesWith } from '../../shared/modes.js';
import { inWords } from './in-words.js';
import { row } from './row.js';

const NEED_DESTINATION = inWords(modesWith(({ destination }) => destination));
const WITHOUT = inWords([
  ...modesWith(({ handler }) => handler !== undefined).map(
    (mode) => `${mode}, where it is ${MODE_TRAITS[mode].handler}`,
  ),
  ...modesWith(({ copies }) => copies).map((mode) => `${mode}, which takes none`),
]);

/** The watched tree, the handler, the destination, and the sources of options. */
export const BASICS = {
  'watch-dir': row({
    group: 'Basics',
    kind: 'path',
    short: 'W',
    argument: 'DIR',
    help: 'directory to watch (required)',
    manual:
      'Symbolic links in the path itself are resolved at start; none inside the tree is ever ' +
      'followed.',
  }),
  'destination-dir': row({
    group: 'Basics',
    kind: 'path',
    short: 'D',
    argument: 'DIR',
    byDestination: true,
    help: 'where the copy goes: a directory, host:path, user@host:path or rsync://host/module',
    manual:
      'A local destination must exist and must not lie inside the watched directory. Modes ' +
      `${NEED_DESTINATION} need it unless there are handler arguments that name a target.`,
  }),
  'also-to': row({
    added: true,
    group: 'Basics',
    kind: 'words',
    argument: 'DESTINATION|[BLOCK]',
    help: 'a further destination of the same watch, as --destination-dir; may be repeated',
    manual:
      'Each destination has an executor of its own, with its own queues, retries, sandbox, hooks ' +
      'and status; one that fails, is gone or slow delays no other. [BLOCK] names a block of the ' +
      'configuration file that has destination-dir and what else this destination has of its ' +
      'own: options marked [by destination]. See SEVERAL DESTINATIONS.',
  }),
  mode: row({
    group: 'Basics',
    kind: 'choice',
    short: 'M',
    argument: 'MODE',
    choices: MODES,
    help: 'how changes are handed over (required)',
    manual: 'See SYNC HANDLER MODES.',
  }),
  'sync-handler': row({
    group: 'Basics',
    kind: 'path',
    short: 'S',
    argument: 'PROGRAM',
    help: 'program, shared object or ECMAScript module that syncs',
    manual: [
      `Needed in every mode but ${WITHOUT}.`,
      'A name without a slash is looked up in PATH.',
    ].join(' '),
  }),
  'rules-file': row({
    group: 'Basics',
    kind: 'path',
    short: 'R',
    argument: 'FILE',
    runtime: 'watcher',
    help: 'rules for what is watched and synced',
    manual:
      'A regular file, of at most 4 MiB; see RULES. /dev/stdin, and what the shell hands over ' +
      'as /dev/fd/N, is read once, at start.',
  }),
  label: row({
    group: 'Basics',
    kind: 'text',
    short: 'l',
    argument: 'LABEL',
    default: 'nolabel',
    help: 'name of this instance, handed to handlers and hooks',
  }),
  background: row({
    group: 'Basics',
    kind: 'flag',
    short: 'b',
    help: 'go to the background once everything is ready',
    manual:
      'The command returns when the tree is watched, with status 0, or when the start ' +
      'failed, with the status of the failure. From then on the daemon holds none of the ' +
      'standard descriptors but the one that messages go to (--output), to which handlers ' +
      'print, too. With syslog it holds none of them, so that $(clsync -b ...) and ssh(1) do ' +
      'not wait for it.',
  }),
  help: row({
    group: 'Basics',
    kind: 'choice',
    short: 'h',
    argument: 'all',
    choices: ['0', '1', 'all'],
    default: '0',
    bare: '1',
    help: 'show the options that are used most; =all: all of them',
  }),
  version: row({ group: 'Basics', kind: 'flag', short: 'V', help: 'show the version' }),

  'config-file': row({
    group: 'Configuration',
    kind: 'path',
    short: 'H',
    argument: 'FILE',
    help: 'configuration file; /NULL/ for none',
    manual:
      'Without it the first readable one of ~/.clsync.conf, /etc/clsync/clsync.conf, ' +
      '/etc/clsync.conf, /usr/local/etc/clsync/clsync.conf and /usr/local/etc/clsync.conf is ' +
      'read. Where others than root, or the starter, could change it, the start fails: see ' +
      '--trust-files.',
  }),
  'config-block': row({
    group: 'Configuration',
    kind: 'text',
    short: 'K',
    argument: 'BLOCK',
    default: 'default',
    help: 'block of the configuration file to use',
  }),
  'config-block-inherits': row({
    group: 'Configuration',
    kind: 'text',
    argument: 'BLOCK',
    help: 'block whose options apply unless the chosen block sets them',
    manual: 'Blocks can inherit from blocks that inherit; a circle is an error.',
  }),
  'custom-signals': row({
    group: 'Configuration',
    kind: 'text',
    argument: 'SIGNAL:BLOCK,...',
    default: '',
    help: 'signals that switch to another configuration block',
    manual:
      'Example: 28:normal,29:debug. The options of the block that can change while the ' +
      'daemon runs take effect; 0 empties the list.',
  }),
  'check-config': row({
    added: true,
    group: 'Configuration',
    kind: 'flag',
    help: 'check options, configuration and rules, and exit',
    manual: 'An unknown configuration key, only a warning otherwise, is then an error.',
  }),
} as const;
