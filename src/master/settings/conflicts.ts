/**
 * Combinations of options that make no sense: one row for each rule, in the order they are checked.
 */
import { modesWith } from '../../shared/modes.js';
import { inWords } from '../options/in-words.js';
import { MIRRORING } from '../options/mirroring.js';
import type { OptionName } from '../options/table.js';
import { ALSO_TO } from './check-also-to.js';
import type { Conflict, Question } from './conflict.js';

const LEAVE_OUT = 'leave it out';
const GIVE = 'give that, too, or leave this one out';

const isForRsync = ({ mode }: Question): boolean => mode.rsync !== 'nobody';
const VARYING = inWords(modesWith(({ pathArguments }) => pathArguments));
const MIRROR = inWords(modesWith(({ copies }) => copies));
const parallel = (is: Question): boolean => is.threading !== 'off';

/** Options about handlers, their lists and their exit codes. */
const FOR_HANDLERS: readonly OptionName[] = [
  'sync-handler',
  'lists-dir',
  'dont-unlink-lists',
  'rsync-inclimit',
  'rsync-prefer-include',
  'have-recursive-sync',
  'synclist-simplify',
  'keep-connection',
  'ignore-exitcode',
  'exit-code-policy',
];

/** Options about what programs may reach, hooks among them. */
const FOR_PROGRAMS: readonly OptionName[] = [
  'handler-allow',
  'handler-view',
  'handler-network',
  'handler-jit',
  'handler-env',
  'chroot',
  'mountpoints',
];
const hasHooks = (is: Question): boolean =>
  (['exit-hook', 'pre-exit-hook', 'sync-hook', 'failure-hook'] as const).some(is);

const FOR_MIRRORS = Object.keys(MIRRORING) as (keyof typeof MIRRORING)[];

export const CONFLICTS: readonly Conflict[] = [
  ...ALSO_TO,
  ...FOR_MIRRORS.map((option) => ({
    option,
    when: (is: Question) => !is.mode.copies && is.given.has(option),
    because: `is for mode ${MIRROR}`,
    remedy: LEAVE_OUT,
  })),
  {
    option: 'backup-keep',
    when: (is) => is('backup-keep') && !is('backup-dir'),
    because: 'needs --backup-dir',
    remedy: GIVE,
  },
  ...FOR_HANDLERS.map((option) => ({
    option,
    when: (is: Question) => is.mode.copies && is.given.has(option),
    because: `is of no use in mode ${MIRROR}, which executes nothing`,
    remedy: LEAVE_OUT,
  })),
  ...FOR_PROGRAMS.map((option) => ({
    option,
    when: (is: Question) => is.mode.copies && !hasHooks(is) && is.given.has(option),
    because: `is of no use in mode ${MIRROR} without hooks, which executes nothing`,
    remedy: LEAVE_OUT,
  })),
  {
    option: 'compat',
    when: (is) => is.mode.copies && is('compat'),
    because: `cannot be used in mode ${MIRROR}, which the C program does not have`,
  },
  {
    option: 'mode',
    when: (is) => is.mode.copies && is.ownArguments,
    because: `${MIRROR} takes no arguments for a handler, as it executes nothing`,
  },
  {
    option: 'skip-initialsync',
    when: (is) => is('skip-initialsync') && is('exit-on-no-events'),
    because: 'cannot be used with --exit-on-no-events',
  },
  {
    option: 'skip-initialsync',
    when: (is) => is('skip-initialsync') && is('only-initialsync'),
    because: 'cannot be used with --only-initialsync',
  },
  {
    option: 'skip-initialsync',
    when: (is) => is('skip-initialsync') && is('full-initialsync'),
    because: 'cannot be used with --full-initialsync',
  },
  {
    option: 'only-initialsync',
    when: (is) => is('only-initialsync') && is('exit-on-no-events'),
    because: 'cannot be used with --exit-on-no-events',
  },
  {
    option: 'modification-signature',
    when: (is) => is('modification-signature') && is('cancel-syscalls'),
    because: 'needs the lstat(2) that --cancel-syscalls=mon_stat leaves out',
  },
  {
    option: 'threading',
    when: (is) => parallel(is) && is('only-initialsync'),
    because: 'safe and full cannot be used with --only-initialsync',
  },
  {
    option: 'threading',
    when: (is) => parallel(is) && is('exit-on-no-events'),
    because: 'safe and full cannot be used with --exit-on-no-events',
  },
  {
    option: 'threading',
    when: (is) => parallel(is) && is('max-iterations'),
    because: 'safe and full cannot be used with --max-iterations',
  },
  {
    option: 'threading',
    when: (is) => parallel(is) && is('pre-exit-hook'),
    because: 'safe and full cannot be used with --pre-exit-hook',
  },
  {
    option: 'two-way',
    when: (is) => is('two-way') && (is.mode.rsync !== 'mode' || !is.mode.destination),
    because: `is for mode ${inWords(modesWith((mode) => mode.rsync === 'mode' && mode.destination))}`,
  },
  {
    option: 'two-way',
    when: (is) => is('two-way') && is.ownArguments,
    because: 'cannot be used with arguments for the handler, which decide what is deleted',
  },
  {
    option: 'two-way',
    when: (is) => is('two-way') && (is('rsync-prefer-include') || is('compat')),
    because: 'cannot be used with --rsync-prefer-include or --compat',
  },
  {
    option: 'have-recursive-sync',
    when: (is) => is('have-recursive-sync') && isForRsync(is),
    because: 'is for modes without rsync, which is recursive anyway',
  },
  {
    option: 'synclist-simplify',
    when: (is) => is('synclist-simplify') && isForRsync(is),
    because: 'is for modes without rsync',
  },
  {
    option: 'synclist-simplify',
    when: (is) => is('synclist-simplify') && !is('lists-dir'),
    because: 'needs --lists-dir (-L)',
    remedy: GIVE,
  },
  {
    option: 'standby-file',
    when: (is) => is('standby-file') && is.mode.sequence,
    because: `cannot be used in mode ${inWords(modesWith(({ sequence }) => sequence))}`,
  },
  {
    option: 'rsync-option',
    when: (is) =>
      is('rsync-option') && (is.mode.rsync !== 'mode' || is.ownArguments || is('compat')),
    because: 'is for mode rsyncdirect with its own arguments',
    remedy: 'leave it out, or write it among arguments of your own',
  },
  {
    option: 'no-delete',
    when: (is) =>
      is('no-delete') &&
      (is.ownArguments || is('compat') || (is.mode.rsync !== 'mode' && !is.mode.copies)),
    because:
      'is for modes rsyncdirect and mirror with their own arguments: here the handler decides what ' +
      'is deleted',
    remedy: LEAVE_OUT,
  },
  {
    option: 'no-delete',
    when: (is) => is('no-delete') && is('two-way'),
    because: 'cannot be used with --two-way',
  },
  {
    option: 'settle',
    when: (is) => is('settle') && is.mode.sequence,
    because: `cannot be used in mode ${inWords(modesWith(({ sequence }) => sequence))}, which hands over every event`,
  },
  {
    option: 'settle',
    when: (is) => is('settle') && is('have-recursive-sync'),
    because:
      'cannot be used with --have-recursive-sync, which hands over directories with all that is in them',
  },
  {
    option: 'settle-limit',
    when: (is) => is('settle') && is.settleLimit < is.settle,
    because: 'is less than --settle: no file would ever settle',
    remedy: 'give more',
  },
  {
    option: 'socket-own',
    when: (is) => is('socket-own') && !is('socket'),
    because: 'needs --socket',
    remedy: GIVE,
  },
  {
    option: 'socket-view',
    when: (is) => is('socket-view') && !is('socket'),
    because: 'needs --socket',
    remedy: GIVE,
  },
  {
    option: 'socket-mod',
    when: (is) => is('socket-mod') && !is('socket'),
    because: 'needs --socket',
    remedy: GIVE,
  },
  {
    option: 'pivot-root',
    when: (is) => is.pivotRoot !== 'off' && !is('chroot'),
    because: 'needs --chroot',
    remedy: GIVE,
  },
  {
    option: 'mirror-setid',
    when: (is) => is.mirrorSetid === 'no' && is('compat'),
    because: 'no cannot be kept with --compat, which filters no system calls',
  },
  {
    option: 'mirror-devices',
    when: (is) => is.mirrorDevices === 'no' && is('compat'),
    because: "no cannot be kept with --compat, which gives handlers the starter's capabilities",
  },
  {
    option: 'check-execvp-arguments',
    when: (is) => is('check-execvp-arguments') && is.mode.pathArguments,
    because: `cannot be used in mode ${VARYING}, whose arguments vary`,
  },
  {
    option: 'secure-splitting',
    when: (is) => is('secure-splitting') && is.mode.pathArguments,
    because: `implies --check-execvp-arguments, which cannot be used in mode ${VARYING}`,
  },
  {
    option: 'trust-files',
    when: (is) => is('trust-files') && is('secure-splitting'),
    because: 'cannot be used with --secure-splitting',
  },
  {
    option: 'add-permitted-hook-files',
    when: (is) =>
      is('add-permitted-hook-files') && !is('check-execvp-arguments') && !is('secure-splitting'),
    because: 'needs --check-execvp-arguments',
    remedy: GIVE,
  },
];
