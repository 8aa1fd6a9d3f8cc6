/** What a program says of what it was refused, and which option would have it otherwise. */
import { constants } from 'node:os';
import { posix } from 'node:path';
import { display, isWithin } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Lines } from './lines.js';
import type { Reach } from '../../shared/settings.js';

/**
 * strerror(3) of EACCES, EPERM, EROFS and ENOENT, and what a shell says of a program; rsync does
 * not translate them.
 */
const REFUSED = /Permission denied|Operation not permitted|Read-only file system/;
const READ_ONLY = /Read-only file system/;
const ABSENT = /No such file or directory|: not found$/;
/** Of rsync: who of the two sides complains. */
const OTHER_SIDE = /^rsync: \[(?:receiver|generator)\]/i;
const FILE_CAPABILITIES = /xattr\(.*"security\.capability"/;
const OTHER_HOST =
  'it is the other host that refuses this: see what the user there, or its rsync module, may write';
const SETFCAP =
  'capabilities of files are set by who has SETFCAP: ' +
  '--handler-capabilities=CHOWN,DAC_OVERRIDE,DAC_READ_SEARCH,FOWNER,FSETID,MKNOD,SETFCAP';
/** errno(3) at the end of a complaint of rsync. */
const ERRNO = /\((\d+)\)$/;
/**
 * What does not pass when the tree comes to rest: no right, no space, no disk. Other errors may
 * come of names that change between two looks.
 */
const GRAVE: readonly number[] = (
  ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO'] as const
).map((name) => constants.errno[name]);
const FULL: readonly number[] = [constants.errno.ENOSPC, constants.errno.EDQUOT];
/** In quotes of whatever kind, or between blanks and colons. */
const PATHS = /(?<=^|[\s"'=:(\x98\x9c])\/[^\s"':,()\xe2]*/g;
/** Bytes of a line of complaint that are looked at. */
export const LONGEST_LINE = 16 << 10;

export class Complaints {
  private readonly lines = new Lines(LONGEST_LINE);
  /** What to do about the first that something can be done about. */
  private found: string | undefined;
  private refused = false;
  /** It complained of what does not pass by itself. */
  grave = false;
  /** It complained of no room. */
  full = false;

  /** @param remote what it copies to is on another host */
  constructor(
    private readonly reach: Reach | undefined,
    private readonly remote: boolean,
  ) {}

  /** Some of its standard error. */
  write(chunk: Buffer): void {
    for (const line of this.lines.push(chunk)) this.look(line);
  }

  /** One line, in latin1. */
  look(line: string): void {
    if (REFUSED.test(line)) this.refused = true;
    const errno = ERRNO.exec(line)?.[1];
    if (errno !== undefined && GRAVE.includes(Number(errno))) this.grave = true;
    if (errno !== undefined && FULL.includes(Number(errno))) this.full = true;
    this.found ??= this.hintFor(line);
  }

  /** Something was refused, and what is known of it does not say more. */
  get denied(): boolean {
    return this.refused && this.found === undefined;
  }

  /** Once it has ended. */
  get hint(): string | undefined {
    for (const line of this.lines.last()) this.look(line);
    return this.found;
  }

  private hintFor(line: string): string | undefined {
    if (this.reach === undefined) return undefined;
    const isTheirs = this.remote && OTHER_SIDE.test(line);
    if (REFUSED.test(line)) return isTheirs ? OTHER_HOST : ofRefusal(line, this.reach);
    return ABSENT.test(line) && !isTheirs ? ofHidden(line, this.reach) : undefined;
  }
}

function ofRefusal(line: string, { written }: Reach): string | undefined {
  if (FILE_CAPABILITIES.test(line)) return SETFCAP;
  const place = READ_ONLY.test(line)
    ? pathsIn(line).find((path) => written.some((tree) => isWithin(path, tree)))
    : undefined;
  return place === undefined
    ? undefined
    : `${display(place)} lies on a file system that is mounted read-only, which no option ` +
        'of clsync changes';
}

function ofHidden(line: string, { shown }: Reach): string | undefined {
  if (shown === undefined) return undefined;
  const hidden = pathsIn(line).find(
    (path) => path.length > 1 && !shown.some((seen) => isWithin(path, seen)),
  );
  return hidden === undefined
    ? undefined
    : `the handler does not see ${display(hidden)}: where it exists, --handler-allow ` +
        `${display(hidden)} shows it`;
}

function pathsIn(line: string): BytePath[] {
  return [...line.matchAll(PATHS)].map(
    ([path]) => posix.normalize(path).replace(/(.)\/$/, '$1') as BytePath,
  );
}
