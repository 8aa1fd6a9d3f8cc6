import { MIRROR_ATTRIBUTES } from '../../shared/mirror-attributes.js';
import { modesWith } from '../../shared/modes.js';
import { inWords } from './in-words.js';
import { row } from './row.js';
import { LONGEST } from './syncing.js';

const MODES = `Mode ${inWords(modesWith(({ copies }) => copies))}`;

/** What a mode that keeps the copy itself keeps, and how. */
export const MIRRORING = {
  'mirror-attributes': row({
    added: true,
    group: 'Mirror',
    kind: 'list',
    argument: 'NAME,...',
    choices: MIRROR_ATTRIBUTES,
    byDestination: true,
    help: 'what is kept equal besides type and content; everything without the option',
    manual:
      `${MODES}: owner, group, mode, times, acls, xattrs (user ones), capabilities ` +
      'and links (names of one file remain names of one file). What the daemon may not set is ' +
      'left as it is: started by a user, that is the owner, other groups than its own, devices, ' +
      'capabilities, and entries of access control lists for users and groups it does not know. ' +
      'Extended attributes that only root sees (trusted ones) are not kept.',
  }),
  'backup-dir': row({
    added: true,
    group: 'Mirror',
    kind: 'path',
    argument: 'DIR',
    byDestination: true,
    help: 'keep what is deleted or replaced at the destination in this directory',
    manual:
      `${MODES}: an old version is moved to DIR/TIME/PATH, TIME being that of the sync in UTC, to ` +
      'the millisecond. DIR must exist, on the file system of the destination. Where it lies in the ' +
      'destination, nothing in it is deleted, and what the source has at its path is left out. Of ' +
      'several destinations each needs one of its own.',
  }),
  'backup-keep': row({
    added: true,
    group: 'Mirror',
    kind: 'decimal',
    argument: 'DAYS',
    default: '0',
    maximum: 36_500,
    help: 'remove what is older from --backup-dir; 0: keep it for ever',
    manual: `${MODES}: what is too old goes when the daemon starts, and every hour.`,
  }),
  fsync: row({
    added: true,
    group: 'Mirror',
    kind: 'flag',
    byDestination: true,
    help: 'a change is synced only once it is on the disk',
    manual:
      `${MODES}: without it a copy is whole whenever it has its name, but a crash of the machine ` +
      'may leave an older one.',
  }),
  'verify-interval': row({
    added: true,
    group: 'Mirror',
    kind: 'duration',
    argument: 'SECONDS|hourly|daily',
    named: { hourly: 3600, daily: 86_400 },
    default: '0',
    maximum: LONGEST,
    byDestination: true,
    help: 'how often source and destination are compared; 0: never',
    manual:
      `${MODES}: sizes, times and attributes of everything, as with clsync verify. What differs, and ` +
      'is not about to be synced, is named in the log, told as an event, and counted in the status. ' +
      'Nothing is changed: clsync ctl resync PATH makes it equal.',
  }),
} as const;
